"""Lets editors try to open a page that one of them keeps locked over a long think.

kind: lock
bound: io
reason: the others wait in Lock.acquire with a timeout; the one that holds the lock waits for an
  event with a timeout; nobody computes or sleeps.
"""

import threading


class Page:
    def __init__(self, title):
        self.title = title
        self.lock = threading.Lock()
        self.versions = [""]

    def edit(self, author, text, patience):
        """Append text if the page can be had in time."""
        if not self.lock.acquire(timeout=patience):
            return False
        try:
            self.versions.append(f"{self.versions[-1]}{text} ({author}) ")
        finally:
            self.lock.release()
        return True


def thinker(page, opened, inspiration):
    with page.lock:
        opened.set()
        inspiration.wait(1.45)  # it never comes
        page.versions.append("Draft. ")


def impatient(page, name, results):
    tries = 0
    while not page.edit(name, f"Word of {name}.", patience=0.29):
        tries += 1
    results[name] = tries


def main():
    page = Page("Harbours")
    opened, results = threading.Event(), {}
    threads = [threading.Thread(target=thinker, args=(page, opened, threading.Event()))]
    threads[0].start()
    opened.wait()
    for name in ("Ann", "Ben", "Cy"):
        threads.append(threading.Thread(target=impatient, args=(page, name, results)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    print(len(page.versions) - 1, "versions,", all(tries >= 3 for tries in results.values()))
    print(sorted(page.versions[-1].split()))


if __name__ == "__main__":
    main()
