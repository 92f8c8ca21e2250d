"""Filters senders through a blocklist that is kept as a plain list.

kind: native_gil
bound: compute
reason: `in` on a list of thousands of strings is a loop in Objects/listobject.c that compares
  under the lock; two threads took 2.02x the time of one. It is an operator, so there is no call
  to see, and each lasts some 30 us.
"""


def blocklist(count):
    return [f"spam{n * 37 % 100_003}@bulk{n % 97}.example" for n in range(count)]


def senders(count):
    for n in range(count):
        if n % 50 == 0:
            yield f"spam{n * 37 % 100_003}@bulk{n % 97}.example"
        else:
            yield f"user{n}@host{n % 313}.example"


class Filter:
    def __init__(self, blocked):
        self.blocked = blocked
        self.rejected = []

    def accept(self, sender):
        if sender in self.blocked:
            self.rejected.append(sender)
            return False
        return True


def domain_counts(accepted):
    counts = {}
    for sender in accepted:
        domain = sender.partition("@")[2]
        counts[domain] = counts.get(domain, 0) + 1
    return counts


def main():
    screen = Filter(blocklist(4000))
    accepted = [sender for sender in senders(37_000) if screen.accept(sender)]
    counts = domain_counts(accepted)
    print(len(accepted), "accepted,", len(screen.rejected), "rejected")
    print("busiest:", max(counts, key=counts.get), max(counts.values()))


if __name__ == "__main__":
    main()
