"""Waits for a signal to shut down, with a deadline, and does some housekeeping in between.

kind: io
bound: io
reason: the main thread waits in signal.sigtimedwait; a second thread sleeps before it signals.
"""

import signal
import threading
import time


def operator(delays):
    """Send the main thread signals, as an operator would."""
    for delay in delays:
        time.sleep(delay)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)


class Service:
    def __init__(self, signals):
        self.signals = signals
        self.rounds = 0
        self.cache = {n: n * n for n in range(20_000)}

    def housekeeping(self):
        self.rounds += 1
        self.cache = {n: value for n, value in self.cache.items() if n % (self.rounds + 4)}

    def serve(self, patience):
        """Serve until the second signal."""
        seen = 0
        while seen < 2:
            if signal.sigtimedwait(self.signals, patience) is None:
                self.housekeeping()
            else:
                seen += 1
        return seen


def main():
    signals = {signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    thread = threading.Thread(target=operator, args=([0.85, 0.75],))
    thread.start()
    service = Service(signals)
    print(service.serve(patience=0.5), "signals, housekeeping done", service.rounds, "times")
    thread.join()


if __name__ == "__main__":
    main()
