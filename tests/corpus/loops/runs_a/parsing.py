"""Parsers: a number reader, an expression evaluator, records in a file, a macro language."""
import os
import random
import re
import tempfile
import zlib

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|(.))")


class ParseError(Exception):
    pass


def tokenize(text):
    tokens = []
    for number, op in TOKEN.findall(text):
        tokens.append(("num", float(number)) if number else ("op", op))
    tokens.append(("end", None))
    return tokens


class Evaluator:
    def __init__(self, text):
        self.tokens = tokenize(text)
        self.pos = 0

    def peek(self):
        return self.tokens[self.pos][1]

    def take(self):
        token = self.tokens[self.pos]
        self.pos += 1
        return token

    def expr(self):
        value = self.term()
        while self.peek() in ("+", "-"):
            if self.take()[1] == "+":
                value += self.term()
            else:
                value -= self.term()
        return value

    def term(self):
        value = self.atom()
        while self.peek() == "*":
            self.take()
            value *= self.atom()
        return value

    def atom(self):
        kind, what = self.take()
        if kind == "num":
            return what
        if what == "(":
            value = self.expr()
            self.take()
            return value
        raise ParseError(what)


class StatementReader:
    """Reads `name = expr ;` statements one after the other from one text."""

    def __init__(self, text):
        self.text = text
        self.pos = 0

    def statement(self):
        end = self.text.index(";", self.pos)
        name, _, expression = self.text[self.pos:end].partition("=")
        self.pos = end + 1
        return name.strip(), Evaluator(expression).expr()


def make_expression(rng, depth):
    if depth == 0:
        return str(rng.randint(1, 99))
    op = rng.choice("+-*")
    left = make_expression(rng, depth - 1)
    right = make_expression(rng, depth - 1)
    return f"({left} {op} {right})"


def read_number(text):
    sign = 1
    if text[0] == "-":
        sign, text = -1, text[1:]
    value = 0
    for ch in text:
        if not "0" <= ch <= "9":
            raise ValueError(text)
        value = value * 10 + ord(ch) - 48
    return sign * value


def read_numbers(fields):
    good = []
    bad = 0
    for text in fields:  # parallel: ordered append
        try:
            value = read_number(text)
        except ValueError:
            bad += 1
            continue
        good.append(value)
    return good, bad


def write_records(path, n, rng):
    with open(path, "w") as fh:
        for k in range(n):
            fields = ",".join(f"k{j}={rng.randint(0, 999)}" for j in range(rng.randint(3, 9)))
            fh.write(f"{k:05d}|{fields}\n")


def file_total(path):
    total = 0
    with open(path) as fh:
        for line in fh:  # parallel: reduction
            ident, _, rest = line.rstrip("\n").partition("|")
            record = dict(part.split("=") for part in rest.split(","))
            total += int(ident) % 7 * sum(int(v) for v in record.values())
    return total


def read_frames(path, count):
    """Each frame tells in its first line how many characters the frame takes."""
    sizes = []
    with open(path) as fh:
        for _ in range(count):  # trap: each read goes on where the last one left the file
            head = fh.readline()
            if not head:
                break
            body = fh.read(int(head[:5]) % 90 + 10)
            fh.readline()
            words = re.findall(r"k\d=\d+", body)
            sizes.append(len(set(body)) + sum(int(d) ** 2 for w in words for d in w[3:]))
    return sizes


def run_program(lines):
    """`set x expr` lines: names in the expression stand for earlier values."""
    env = {}
    for line in lines:  # trap: the environment holds the values of earlier lines
        _, name, expression = line.split(" ", 2)
        for known in re.findall(r"[a-z]\d*", expression):
            expression = expression.replace(known, str(env.get(known, 1)))
        value = Evaluator(expression).expr()
        env[name] = int(abs(value)) % 1000
    return env


def expand(lines):
    """Lines of a config where @section lines change how the next lines are read."""
    section = "plain"
    out = []
    for line in lines:  # trap: the section set by an earlier line decides how a line is read
        if line.startswith("@"):
            section = line[1:]
            continue
        if section == "hex":
            out.append(sum(int(line[k:k + 2], 16) for k in range(0, len(line) - 1, 2)))
        elif section == "rev":
            out.append(sum(int(c, 16) * k for k, c in enumerate(reversed(line))))
        else:
            out.append(len(line))
    return out


def packed_sizes(chunks):
    packer = zlib.compressobj(6)
    sizes = []
    for chunk in chunks:  # trap: the compressor remembers the earlier chunks
        size = len(packer.compress(chunk)) + len(packer.flush(zlib.Z_SYNC_FLUSH))
        sizes.append(size)
    return sizes


def clean(lines):
    for line in lines:
        line = line.strip()
        if line:
            yield line


def read_blocks(lines):
    source = clean(lines)
    blocks = {}
    for line in source:  # trap: the body pulls the block's lines from the same generator
        if line.startswith("begin"):
            acc = 0
            for inner in source:
                if inner == "end":
                    break
                acc += sum(map(ord, inner))
            blocks[line[6:]] = acc
    return blocks


def main():
    rng = random.Random(33)
    path = os.path.join(tempfile.mkdtemp(), "records.txt")
    write_records(path, 22000, rng)
    expressions = [make_expression(rng, 4) for _ in range(2000)]

    counts = [len(tokenize(e)) for e in expressions * 2]  # parallel: map
    fields = [str(rng.randint(-10**12, 10**12)) + rng.choice(["", "", "x"]) for _ in range(50000)]
    good, bad = read_numbers(fields)
    total = file_total(path)
    for k in range(0, len(expressions), 40):  # parallel: ordered print
        values = [Evaluator(e).expr() for e in expressions[k:k + 40]]
        print(f"batch {k:4d} best {max(values):.1f} mean {sum(values) / len(values):.2f}")

    frames = read_frames(path, 60000)
    reader = StatementReader("".join(f"v{k} = {e};" for k, e in enumerate(expressions)))
    table = {}
    for _ in range(len(expressions)):  # trap: statement() advances the reader's position
        name, value = reader.statement()
        table[name] = value
    program = [f"set v{k % 50} (v{k * 7 % 50} + {k}) * v{k * 3 % 50} - v{k % 11} * 2"
               for k in range(6000)]
    env = run_program(program)
    config = []
    for k in range(30000):
        config.append(f"{k * 7919:024x}" if k % 9 else rng.choice(["@hex", "@rev", "@plain"]))
    read = expand(config)
    chunks = [" ".join(e.split()).encode() * 20 for e in expressions]
    sizes = packed_sizes(chunks)
    listing = []
    for k in range(22000):
        listing += [f"begin b{k}", "", *expressions[k % 2000].split()[:9], "end"]
    blocks = read_blocks(listing)

    os.remove(path)
    os.rmdir(os.path.dirname(path))
    print("tokens", sum(counts), "numbers", sum(good), bad, "file", total)
    print("frames", len(frames), sum(frames), "table", round(sum(table.values()), 2))
    print("env", sum(env.values()), "config", sum(read))
    print("packed", sum(sizes), "blocks", sum(blocks.values()))


if __name__ == "__main__":
    main()
