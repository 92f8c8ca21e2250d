"""Sends newsletters no faster than the provider allows.

kind: io
bound: io
reason: time.sleep between the batches, in the only thread; rendering the letters is the lesser
  part.
"""

import textwrap
import time

STORY = "The committee met on Tuesday to discuss the new harbour and agreed on most of its points. "


class Throttle:
    """At most `rate` letters a second, in bursts of `burst`."""

    def __init__(self, rate, burst):
        self.interval = burst / rate
        self.burst = burst
        self.sent = 0

    def take(self):
        self.sent += 1
        if self.sent % self.burst == 0:
            time.sleep(self.interval)


class Outbox:
    def __init__(self):
        self.letters = []

    def deliver(self, address, text):
        self.letters.append((address, len(text)))


def render(number):
    paragraphs = [textwrap.fill(f"{number}.{n} " + STORY * (n + 1), 60) for n in range(10)]
    return "\n\n".join(paragraphs)


def main():
    throttle, outbox = Throttle(rate=200, burst=20), Outbox()
    for number in range(280):
        outbox.deliver(f"reader{number}@list.example", render(number))
        throttle.take()
    print(len(outbox.letters), "letters,", sum(size for _, size in outbox.letters), "characters")


if __name__ == "__main__":
    main()
