"""Parses generated source files and counts what is defined in them.

kind: native_gil
bound: compute
reason: ast.parse is the parser and the tree builder in C (Parser/, Python/), which hold the lock;
  two threads took 2.44x the time of one. The walk over the top of each tree is short.
"""

import ast
import time
from collections import Counter

TEMPLATE = '''
class Shape{n}(Base):
    """A shape."""

    sides = {n}

    def area(self, width, height=[1, 2, 3]):
        if width > {n} and height is not None:
            return [x * width + (y - {n}) ** 2 for x in self.parts for y in height if x]
        return self.compute(width, scale={n} * 2, *self.rest, **{{"key": f"value {{width}}"}})

    @property
    def label(self):
        try:
            return self.names["a"]["b"][{n}:-1] or (lambda z: z % 7 + {n})
        except (KeyError, IndexError) as error:
            raise ValueError("no label") from error
'''


def sources(files, classes):
    for number in range(files):
        yield f"file{number}.py", "".join(TEMPLATE.format(n=number + n * 3) for n in range(classes))


def metrics(text):
    counts = Counter()
    for node in ast.parse(text).body:
        counts["classes"] += 1
        counts["methods"] += sum(isinstance(item, ast.FunctionDef) for item in node.body)
    counts["lines"] = text.count("\n")
    return counts


def main():
    totals = Counter()
    for name, text in sources(64, 100):
        totals += metrics(text)
        if name.endswith("0.py"):
            time.sleep(0.04)  # as a file watcher would
    for key in sorted(totals):
        print(key, totals[key])


if __name__ == "__main__":
    main()
