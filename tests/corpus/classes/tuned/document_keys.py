"""Gives short documents keys made of their content, and finds doubles.

kind: native_gil
bound: compute
reason: hashlib releases the lock only for 2048 bytes and more (HASHLIB_GIL_MINSIZE in
  Modules/hashlib.h); these documents have some 2,000, so each call holds it; two threads took
  2.06x the time of one.
"""

import hashlib
from collections import Counter

WORDS = [b"alpha", b"beta", b"gamma", b"delta", b"epsilon", b"zeta", b"eta", b"theta"]


def document(number):
    line = b" ".join(WORDS[number * step % 8] for step in (1, 3, 5, 7)) + b"; %06d\n" % number
    return (line * 80)[:2000]


def key(content):
    return hashlib.sha3_512(content).hexdigest()


def doubles(documents):
    counts = Counter(map(key, documents))
    return counts, sum(count - 1 for count in counts.values())


def main():
    documents = [document(number % 17_000) for number in range(20_000)]
    combined = hashlib.sha256()
    for salt in range(7):
        batch = [b"%02d" % salt + content[2:] for content in documents]
        counts, double = doubles(batch)
        combined.update("".join(sorted(counts)[:10]).encode())
        print(f"salt {salt}: {double} doubles")
    print(combined.hexdigest()[:16])


if __name__ == "__main__":
    main()
