"""Serves a print queue that is mostly empty, and goes home when nothing comes for long.

kind: lock
bound: io
reason: the worker waits in queue.Queue.get with a timeout, which is a wait for the queue's
  condition; the main thread waits for an event that the worker sets when it is done.
"""

import queue
import threading


class Printer(threading.Thread):
    def __init__(self, patience):
        super().__init__()
        self.jobs = queue.Queue()
        self.patience = patience
        self.pages = 0
        self.gone = threading.Event()

    def run(self):
        idle = 0
        while idle < 5:
            try:
                document = self.jobs.get(timeout=self.patience)
            except queue.Empty:
                idle += 1
            else:
                self.pages += self.layout(document)
        self.gone.set()

    @staticmethod
    def layout(document):
        lines, width = 1, 0
        for word in document.split():
            width += len(word) + 1
            if width > 72:
                lines, width = lines + 1, len(word) + 1
        return lines // 60 + 1


def main():
    printer = Printer(patience=0.3)
    for number in range(20):
        printer.jobs.put("lorem ipsum dolor sit amet " * (11_000 + 1500 * number))
    printer.start()
    while not printer.gone.wait(0.4):
        pass
    printer.join()
    print(printer.pages, "pages printed")


if __name__ == "__main__":
    main()
