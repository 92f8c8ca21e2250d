"""Web server logs: parsing, latencies, sessions, anomalies, a hash chain, exports."""
import hashlib
import os
import random
import re
import shutil
import sqlite3
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

PATTERN = re.compile(r'(\S+) \[(\d+)\] "(\w+) (\S+)" (\d{3}) (\d+)ms')


@dataclass
class Entry:
    host: str
    when: int
    verb: str
    path: str
    status: int
    took: int


def make_log(n, seed):
    rng = random.Random(seed)
    when = 1700000000
    lines = []
    for _ in range(n):
        when += rng.randint(0, 3)
        host = f"10.0.{rng.randint(0, 9)}.{int(rng.random() ** 2 * 200)}"
        path = f"/shop/{rng.choice('abcdef')}/{rng.randint(1, 40)}?q={rng.randint(0, 10**6)}"
        status = rng.choice([200, 200, 200, 200, 304, 404, 500])
        took = int(rng.expovariate(1 / 80)) + 1
        lines.append(f'{host} [{when}] "GET {path}" {status} {took}ms')
        if rng.random() < 0.02:
            lines.append("-- rotated --")
    return lines


def parse_log(lines):
    entries = []
    for number, line in enumerate(lines):  # parallel: ordered append
        if line.startswith("--"):
            continue
        m = PATTERN.fullmatch(line)
        if m is None:
            raise ValueError(f"line {number}")
        host, when, verb, path, status, took = m.groups()
        entries.append((host, int(when), verb, path.partition("?")[0], int(status), int(took)))
    return entries


def route_of(path):
    path = re.sub(r"/\d+", "/:id", path)
    return re.sub(r"/[a-f](?=/|$)", "/:shelf", path)


def status_table(entries):
    table = {}
    for e in entries:  # parallel: histogram
        key = (route_of(e.path), e.status // 100, len(str(e.took)))
        table[key] = table.get(key, 0) + 1
    return table


def scan_files(folder):
    total = 0
    for path in sorted(Path(folder).glob("*.log")):  # parallel: reduction
        worst = 0
        with open(path) as fh:
            for line in fh:
                m = PATTERN.match(line)
                if m and m[5] == "500":
                    worst = max(worst, int(m[6]))
        total += worst
    return total


def suspicious(entry):
    score = 0
    for k, ch in enumerate(entry.host + entry.verb + entry.path + entry.host):
        score = (score * 33 + ord(ch) * (k + entry.took)) % 65521
    return score == 56069


def first_suspect(entries):
    return next((e.host for e in entries if suspicious(e)), None)  # parallel: first match


class Limiter:
    """Token bucket per host."""

    def __init__(self, rate, burst):
        self.rate, self.burst = rate, burst
        self.tokens = {}

    def allow(self, host, now):
        left, last = self.tokens.get(host, (self.burst, now))
        left = min(self.burst, left + (now - last) * self.rate)
        if left < 1:
            self.tokens[host] = (left, now)
            return False
        self.tokens[host] = (left - 1, now)
        return True


def throttle(entries):
    limiter = Limiter(0.0005, 4)
    refused = 0
    for e in entries:  # trap: the limiter's buckets depend on the requests before
        if not limiter.allow(e.host, e.when):
            refused += 1
    return refused


def anomalies(entries, span):
    window = deque(maxlen=span)
    odd = []
    for n, e in enumerate(entries):  # trap: the window holds the last latencies
        if len(window) == span:
            ordered = sorted(window)
            if e.took > 9 * ordered[span // 2]:
                odd.append(n)
        window.append(e.took)
    return odd


def seal(lines):
    previous = b"start"
    sealed = []
    for line in lines:  # trap: each digest takes in the digest before
        previous = hashlib.sha1(previous + line.encode()).digest()
        sealed.append(previous[0])
    return sealed


def drain(cursor, n):
    sums = []
    for _ in range(n):  # trap: fetchmany moves the cursor on
        rows = cursor.fetchmany(5)
        if not rows:
            break
        slow = sorted(rows, key=lambda r: -r[1])[0]
        digits = sum(int(d) * took for when, took in rows for d in str(when)[-2:])
        sums.append(slow[0] % 97 + digits)
    return sums


class Indent:
    """Context manager: deeper and deeper for nested and failed blocks."""
    depth = 0

    def __enter__(self):
        Indent.depth += 1
        return self

    def __exit__(self, kind, value, tb):
        if kind is None:
            Indent.depth -= 1
        return kind is KeyError


def outline(entries, known):
    out = []
    for e in entries:  # trap: the depth stays raised after a block that failed
        with Indent():
            text = route_of(e.path)
            out.append("." * (Indent.depth % 50) + text)
            known[e.status]
    return sum(map(len, out))


def export(entries, folder):
    """One report per batch; a batch with a bad time stops the export."""
    os.makedirs(folder)
    for k in range(0, len(entries), 40):  # trap: a ValueError must stop the files of later batches
        batch = entries[k:k + 40]
        text = "\n".join(f"{e.host:15s} {route_of(e.path)} {e.took:6d}" for e in batch)
        with open(os.path.join(folder, f"{k:06d}.txt"), "w") as fh:
            fh.write(text)
        if min(e.took for e in batch) <= 0:
            raise ValueError(k)
    return len(os.listdir(folder))


def main():
    lines = make_log(16000, 5)
    entries = [Entry(*fields) for fields in parse_log(lines * 3)]
    folder = tempfile.mkdtemp()
    for k in range(24):
        Path(folder, f"part{k:02d}.log").write_text("\n".join((lines * 3)[k::24]) + "\n")

    table = status_table(entries[:28000])
    worst = scan_files(folder) + scan_files(folder)
    suspect = first_suspect(entries)
    refused = throttle(entries * 2)
    odd = anomalies(entries, 31)
    sealed = seal(lines * 5)
    base = sqlite3.connect(":memory:")
    base.execute("create table hits (at integer, took integer)")
    base.executemany("insert into hits values (?, ?)", [(e.when, e.took) for e in entries])
    cursor = base.execute("select at, took from hits order by took, at")
    sums = drain(cursor, 9000)
    width = outline(entries[:20000], {200: 1, 304: 1, 404: 1})
    written = export(entries[:11500], os.path.join(folder, "out"))
    for shelf in range(1, 41):  # parallel: ordered print
        wanted = re.compile(rf"/shop/[a-f]/{shelf}")
        times = sorted(e.took for e in entries[:16000] if wanted.fullmatch(e.path))
        print(f"shelf {shelf:2d} hits {len(times)} median {times[len(times) // 2]}")

    shutil.rmtree(folder)
    print("table", len(table), max(table.values()), "worst", worst, "suspect", suspect)
    print("refused", refused, "odd", len(odd), sum(odd), "sealed", sum(sealed))
    print("sums", len(sums), sum(sums), "width", width, "written", written)


if __name__ == "__main__":
    main()
