"""Count requests, errors and browsers in the lines of a web server's log.

The time goes into the regular expression in parse_chunk: C code that holds the interpreter lock
from start to end, so threads gain nothing. Each chunk of lines is parsed alone and gives a small
dict, and the dicts are added up in order, so forked processes, which inherit the lines, gain
nearly the number of cores. A C rewrite would have to replace the regular expression itself.
"""
# expect: bound = "compute", kind = "native_gil", hotspot = "parse_chunk", loop = "for chunk in chunks", verdict = "safe", strategy = "fork", size = "450"

import random
import re
import sys

LINES_PER_CHUNK = 2000
SECTIONS = ["/shop", "/news", "/static/img", "/static/css", "/api/v1/users", "/api/v1/orders"]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/126.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1",
    "curl/8.5.0",
]
LINE = re.compile(
    r"^(?:\d{1,3}\.){3}\d{1,3} \S+ \S+ \[(?P<day>\d+/\w+/\d+):[^\]]+\] "
    r'"(?P<method>[A-Z]+) (?P<section>/[^/ ]+)\S* HTTP/[\d.]+" (?P<status>\d{3}) (?P<size>\d+) '
    r'"[^"]*" ".*?(?P<agent>(?:Firefox|Chrome|Safari|curl)/\d+)[^"]*" (?P<seconds>\d+\.\d+)$'
)


def make_chunks(count: int) -> list[list[str]]:
    """Return the log as chunks of lines, the same lines every time."""
    rng = random.Random(5)
    pool = []
    for number in range(3 * LINES_PER_CHUNK):
        address = f"10.{number % 4}.{rng.randrange(256)}.{rng.randrange(256)}"
        request = f"{rng.choice(['GET', 'GET', 'POST'])} {rng.choice(SECTIONS)}/{number} HTTP/1.1"
        status = rng.choice([200, 200, 200, 304, 404, 500])
        pool.append(
            f'{address} - - [{number % 28 + 1:02d}/Jul/2024:12:00:00 +0000] "{request}" {status} '
            f'{rng.randrange(90000)} "https://example.org/" "{rng.choice(AGENTS)}" 0.{number:04d}'
        )
    chunks = []
    for _ in range(count):
        start = rng.randrange(2 * LINES_PER_CHUNK)
        chunks.append(pool[start:start + LINES_PER_CHUNK])
    return chunks


def parse_chunk(lines: list[str]) -> dict[str, int]:
    """Return how often each section with its status, and each browser, occurs in the lines."""
    counts: dict[str, int] = {}
    for line in lines:
        match = LINE.match(line)
        if match:
            section, status, agent = match.group("section", "status", "agent")
            key = f"{status} {section}"
            counts[key] = counts.get(key, 0) + 1
            counts[agent] = counts.get(agent, 0) + 1
    return counts


def main() -> None:
    """Parse the log chunk by chunk and print the totals."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 450
    chunks = make_chunks(size)
    totals: dict[str, int] = {}
    for chunk in chunks:
        for key, count in parse_chunk(chunk).items():
            totals[key] = totals.get(key, 0) + count
    for key in sorted(totals):
        print(f"{totals[key]:9d} {key}")
    print(f"{sum(map(len, chunks)):9d} lines")


if __name__ == "__main__":
    main()
