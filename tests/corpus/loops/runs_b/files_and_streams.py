"""Folders, streams, tables and settings: who reads what another iteration has written."""
import csv
import hashlib
import io
import json
import logging
import os
import sqlite3
import tempfile
import warnings
import zlib
from pathlib import Path


def rows_of(number, count):
    return [((number * 31 + k * 17) % 1000, f"item{(number + k) % 40}", k) for k in range(count)]


class Store:
    """A folder of data files: each method opens and closes its own."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def names(self):
        return sorted(self.folder.glob("*.csv"))

    def total(self, path):
        with open(path, newline="") as stream:
            return sum(int(row["value"]) for row in csv.DictReader(stream))

    def digest(self, path):
        digest = hashlib.md5()
        for _ in range(40):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def archive(self, path):
        """Puts the file in the one archive; says how long that has become."""
        data = zlib.compress(path.read_bytes() * 4, 9)
        with open(self.folder / "archive.bin", "ab") as stream:
            stream.write(data)
        return (self.folder / "archive.bin").stat().st_size


class Table:
    """Fixed-size records in one open file."""

    def __init__(self, path, size):
        self.stream = open(path, "rb")
        self.path = path
        self.size = size

    def next_sum(self):
        total = 0
        for _ in range(60):
            total += zlib.crc32(bytes(sorted(self.stream.read(self.size))))
        return total

    def sum_at(self, number):
        total = 0
        with open(self.path, "rb") as stream:
            stream.seek(number * self.size)
            for _ in range(60):
                total += zlib.crc32(bytes(sorted(stream.read(self.size))))
        return total


class Counting(logging.Handler):
    def __init__(self):
        super().__init__()
        self.seen = 0

    def emit(self, record):
        self.seen += 1


class Report:
    """Builds texts in one StringIO, emptied before use."""

    def __init__(self):
        self.out = io.StringIO()

    def text(self, rows):
        self.out.seek(0)
        self.out.truncate()
        for value, name, _ in rows:
            print(value, name, sep="=", file=self.out)
        return len(self.out.getvalue())

    def append(self, rows):
        for value, name, _ in rows:
            print(value, name, sep="=", file=self.out)
        return self.out.tell()


def sums(store):
    total = 0
    for path in store.names():  # parallel: reduction
        total += store.total(path)
    return total


def digests(store):
    return {path.name: store.digest(path) for path in store.names()}  # parallel: dict build


def archived(store):
    sizes = []
    for path in store.names():  # trap: every file goes to the end of one archive
        sizes.append(store.archive(path))
    return sizes


def records(table, numbers):
    return [table.sum_at(number) for number in numbers]  # parallel: map


def stream_records(table, numbers):
    return [number * table.next_sum() for number in numbers]  # trap: one file handle, read on


def database(number):
    """A database of this number's own."""
    with sqlite3.connect(":memory:") as link:
        link.execute("create table t (value int, name text, k int)")
        link.executemany("insert into t values (?, ?, ?)", rows_of(number, 200))
        best = link.execute("select name, sum(value) s from t group by name order by s, name")
        found = best.fetchone()
    link.close()
    return found


def own_databases(numbers):
    counts = {}
    for number in numbers:  # parallel: histogram
        name, value = database(number)
        counts[name] = counts.get(name, 0) + value
    return counts


def one_database(link, numbers):
    out = []
    for number in numbers:  # trap: the query sees the rows of the numbers before
        link.executemany("insert into t values (?, ?, ?)", rows_of(link.total_changes, 30))
        out.append(link.execute("select sum(value * k) from t where name > 'item3'").fetchone()[0])
    return out


def logged(logger, handler, numbers):
    out = []
    for number in numbers:  # trap: the handler counts the records of all iterations
        for value, name, k in rows_of(number + handler.seen, 150):
            if value % 10 == 3:
                logger.warning("%s: %d", name, value)
        out.append(number * handler.seen)
    return out


def texts(report, numbers):
    return sum(report.text(rows_of(number, 150)) for number in numbers)  # parallel: reduction


def grown(report, numbers):
    ends = []
    for number in numbers:  # parallel: ordered replay
        ends.append(report.append(rows_of(number, 150)))
    return ends


def settings(numbers):
    out = []
    for number in numbers:  # trap: LEVEL in the environment is what earlier iterations left
        level = int(os.environ.get("PA_LEVEL", "0"))
        value = sum(v * level for v, _, _ in rows_of(number, 150)) % 97
        if value > 40 or level == 0:
            os.environ["PA_LEVEL"] = str(number % 7 + 1)
        out.append(value)
    return out


def wander(folder, numbers):
    """Goes down and up in folders named by what it finds."""
    out = []
    home = os.getcwd()
    os.chdir(folder)
    for number in numbers:  # trap: each iteration starts in the folder where the last one ended
        os.chdir("sub" if os.path.isdir("sub") else folder)
        here = sum(len(os.listdir(".")) for _ in range(3))
        out.append(sum(v for v, _, _ in rows_of(number + here, 100)))
    os.chdir(home)
    return out


def warned(numbers):
    """What has been warned of once is not again."""
    out = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for number in numbers:  # trap: the number of warnings depends on those already given
            for value, name, _ in rows_of(number + len(caught), 90):
                if value > 900:
                    warnings.warn(f"{name} is large")
            out += number * len(caught)
    return out


def checked(store):
    for path in store.names()[:20]:  # parallel: ordered print
        with open(path) as stream:
            data = json.dumps(list(csv.DictReader(stream)), sort_keys=True)
        print(path.stem, len(data), len(zlib.compress(data.encode(), 6)))


def first_with(store, wanted):
    for path in store.names():  # parallel: first match
        with open(path, newline="") as stream:
            found = [row for row in csv.DictReader(stream) if row["value"] == wanted]
        if len(found) > 1:
            return path.name
    return None


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(40):
            with open(folder / f"{number:03}.csv", "w", newline="") as stream:
                rows = csv.writer(stream)
                rows.writerow(("value", "name", "k"))
                rows.writerows(rows_of(number, 1000))
        (folder / "records.bin").write_bytes(bytes(range(251)) * 12_000)
        (folder / "sub" / "sub").mkdir(parents=True)
        store = Store(folder)
        print(sums(store))
        print(sum(int(d, 16) for d in digests(store).values()) % 1000003)
        print(sum(archived(store)))
        table = Table(folder / "records.bin", 300)
        print(sum(records(table, range(150))))
        print(sum(stream_records(table, range(150))))
        table.stream.close()
        print(sorted(own_databases(range(130)).items())[:4])
        link = sqlite3.connect(":memory:")
        link.execute("create table t (value int, name text, k int)")
        print(sum(one_database(link, range(220))))
        link.close()
        logger = logging.getLogger("corpus")
        logger.propagate = False
        handler = Counting()
        logger.addHandler(handler)
        print(sum(logged(logger, handler, range(420))))
        print(texts(Report(), range(450)))
        print(sum(grown(Report(), range(500))))
        print(sum(settings(range(1200))))
        print(sum(wander(folder, range(800))))
        print(warned(range(2000)))
        checked(store)
        print(first_with(store, "1234"))


if __name__ == "__main__":
    main()
