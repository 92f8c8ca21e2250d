"""Count the statuses, the paths and the slowest hours in the access logs of several servers.

needs: nothing
hot: 60
parallel: yes
reason: each log gives counters of its own, and merging counters is a sum
"""

import random
import re
import tempfile
from collections import Counter
from pathlib import Path

LINE = re.compile(
    r"^(?P<host>\d+(?:\.\d+){3}) - (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<path>[^ ?"]+)(?:\?(?P<query>[^ "]*))? HTTP/[\d.]+" '
    r"(?P<status>\d{3}) (?P<size>\d+|-) (?P<ms>\d+)$"
)
ITEM = re.compile(r"/(\d+)(?=/|$)")
SERVERS = 16
PATHS = ["/", "/cart", "/item/17", "/item/4/photo", "/login", "/help/faq", "/api/v2/order/881"]


def write_logs(folder):
    rng = random.Random(61)
    lines = []
    for _ in range(4000):
        bits = rng.getrandbits(30)
        status = (200, 200, 200, 304, 404, 500, 302, 200)[bits & 7]
        path = PATHS[bits % 7] + ("?page=2&sort=asc" if bits & 64 else "")
        lines.append(
            f"10.0.{bits >> 22}.{bits & 255} - - [03/Mar/2023:{bits % 24:02}:11:07 +0000] "
            f'"GET {path} HTTP/1.1" {status} {bits >> 12} {bits % 900}\n'
        )
    for server in range(SERVERS):
        start = server * 37
        text = "".join(lines[start:] + lines[: start * 2] + ["-- rotated --\n"]) * 16
        (folder / f"server{server:02}.log").write_text(text, encoding="ascii")


def scan(path):
    counts = Counter()
    with path.open(encoding="ascii") as log:
        for line in log:
            match = LINE.match(line)
            if match is None:
                counts["unreadable"] += 1
                continue
            counts["status " + match["status"]] += 1
            counts["path " + ITEM.sub("/N", match["path"])] += 1
            if int(match["ms"]) > 800:
                counts["slow at " + match["time"].split(":")[1]] += 1
    return counts


with tempfile.TemporaryDirectory() as name:
    write_logs(Path(name))
    total = Counter()
    for path in sorted(Path(name).glob("*.log")):
        total.update(scan(path))

for key, count in sorted(total.items()):
    print(f"{count:8}  {key}")
