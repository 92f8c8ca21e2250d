"""Opens a vault by trying the few pass phrases that its owner remembers.

kind: native_nogil
bound: compute
reason: hashlib.scrypt (Modules/_hashopenssl.c) releases the lock around EVP_PBE_scrypt; two
  threads took 1.10x the time of one.
"""

import hashlib
from itertools import permutations


class Vault:
    def __init__(self, phrase, content):
        self.salt = hashlib.sha256(b"vault").digest()
        self.mark = hashlib.sha256(self.key(phrase)).hexdigest()
        self.content = self.cipher(self.key(phrase), content)

    def key(self, phrase):
        return hashlib.scrypt(phrase.encode(), salt=self.salt, n=2**13, r=10, p=1)

    @staticmethod
    def cipher(key, content):
        stream = b"".join(
            hashlib.sha256(key + n.to_bytes(4, "big")).digest()
            for n in range(len(content) // 32 + 1)
        )
        return bytes(one ^ two for one, two in zip(content, stream, strict=False))

    def open(self, phrase):
        key = self.key(phrase)
        if hashlib.sha256(key).hexdigest() != self.mark:
            return None
        return self.cipher(key, self.content)


def phrases(words):
    for order in permutations(words, 3):
        yield " ".join(order)


def main():
    words = ["green", "harbour", "seven", "lantern", "paper"]
    vault = Vault("paper harbour lantern", b"the deeds are under the stairs " * 700)
    for tries, phrase in enumerate(phrases(words), 1):
        content = vault.open(phrase)
        if content is not None:
            print(f"opened at try {tries}: {content[:30].decode()}")
            break


if __name__ == "__main__":
    main()
