"""Evaluates the formulas of a spreadsheet, reading them one character at a time.

kind: python
bound: compute
reason: a tokenizer and a precedence parser over single characters; str.isdigit and list.append
  are shorter than the bytecode that calls them.
"""

from operator import add, mul, sub

PRECEDENCE = {"+": 1, "-": 1, "*": 2}
APPLY = {"+": add, "-": sub, "*": mul}
MODULUS = 1_000_003


def tokens(text):
    """Yield numbers, cell numbers as ("cell", n), and signs."""
    value = None
    cell = False
    for character in text:
        if "0" <= character <= "9":
            digit = ord(character) - 48
            value = digit if value is None else value * 10 + digit
            continue
        if value is not None:
            yield ("cell", value) if cell else value
            value = None
            cell = False
        if character == "R":
            cell = True
        elif character != " ":
            yield character
    if value is not None:
        yield ("cell", value) if cell else value


class Sheet:
    def __init__(self):
        self.cells = []

    def reduce(self, values, signs):
        right = values.pop()
        left = values.pop()
        values.append(APPLY[signs.pop()](left, right) % MODULUS)

    def evaluate(self, text):
        values, signs = [], []
        for token in tokens(text):
            if isinstance(token, tuple):
                values.append(self.cells[token[1]])
            elif isinstance(token, int):
                values.append(token)
            elif token == "(":
                signs.append(token)
            elif token == ")":
                while signs[-1] != "(":
                    self.reduce(values, signs)
                signs.pop()
            else:
                while signs and signs[-1] != "(" and PRECEDENCE[signs[-1]] >= PRECEDENCE[token]:
                    self.reduce(values, signs)
                signs.append(token)
        while signs:
            self.reduce(values, signs)
        return values[0]


def formulas(count):
    yield "1"
    yield "2"
    for n in range(2, count):
        sum_of_cells = f"(2 + R{n // 3} * (R{n - 1} + 5))"
        yield f"(R{n - 1} + {n} * 3) * (R{n // 2} - 7) + R{n - 2} * {sum_of_cells}"


def main():
    sheet = Sheet()
    for text in formulas(135_000):
        sheet.cells.append(sheet.evaluate(text))
    print(len(sheet.cells), "cells, the last is", sheet.cells[-1])


if __name__ == "__main__":
    main()
