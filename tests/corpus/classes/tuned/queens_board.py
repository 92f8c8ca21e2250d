"""Counts the ways to place queens on a board and keeps the first solution.

kind: python
bound: compute
reason: recursion over small integers; no call of it lasts longer than the bytecode around it.
"""


class Board:
    def __init__(self, size):
        self.size = size
        self.columns = [False] * size
        self.rising = [False] * (2 * size)
        self.falling = [False] * (2 * size)
        self.placed = []
        self.first = None
        self.tries = 0

    def free(self, row, column):
        self.tries += 1
        return not (
            self.columns[column]
            or self.rising[row + column]
            or self.falling[row - column + self.size]
        )

    def mark(self, row, column, taken):
        self.columns[column] = taken
        self.rising[row + column] = taken
        self.falling[row - column + self.size] = taken

    def solutions(self, row=0):
        if row == self.size:
            if self.first is None:
                self.first = list(self.placed)
            return 1
        found = 0
        for column in range(self.size):
            if self.free(row, column):
                self.mark(row, column, True)
                self.placed.append(column)
                found += self.solutions(row + 1)
                self.placed.pop()
                self.mark(row, column, False)
        return found


def draw(columns):
    size = len(columns)
    return "\n".join("." * column + "Q" + "." * (size - column - 1) for column in columns)


def main():
    for size in (9, 10, 11, 12):
        board = Board(size)
        print(f"{size}: {board.solutions()} solutions, {board.tries} tries")
    print(draw(board.first))


if __name__ == "__main__":
    main()
