"""Waits for the quotes of suppliers, of whom some never answer.

kind: lock
bound: io
reason: Future.result and futures.wait with timeouts wait for conditions of the threading module,
  and no thread is at work on the futures.
"""

from concurrent.futures import Future, wait


class Supplier:
    def __init__(self, name, price):
        self.name = name
        self.price = price
        self.quote = Future()

    def ask(self, amount):
        if self.price is not None:
            self.quote.set_result(amount * self.price - amount // 100)
        return self.quote


def best_quote(suppliers, amount, patience):
    """Return the cheapest quote, after waiting for all that may come."""
    asked = {supplier.ask(amount): supplier for supplier in suppliers}
    done, missing = wait(asked, timeout=patience)
    quotes = sorted((future.result(), asked[future].name) for future in done)
    return quotes[0], sorted(asked[future].name for future in missing)


def remind(suppliers, names, patience):
    for supplier in suppliers:
        if supplier.name in names:
            try:
                supplier.quote.result(timeout=patience)
            except TimeoutError:
                yield supplier.name


def main():
    suppliers = [
        Supplier("North", 12),
        Supplier("South", None),
        Supplier("East", 11),
        Supplier("West", None),
    ]
    quote, missing = best_quote(suppliers, 500, patience=0.8)
    print("best:", *quote, "missing:", missing)
    print("still missing:", list(remind(suppliers, missing, patience=0.4)))


if __name__ == "__main__":
    main()
