"""Hashes the passwords of a user table anew, with a stronger setting.

kind: native_nogil
bound: compute
reason: pbkdf2_hmac in Modules/_hashopenssl.c calls OpenSSL between Py_BEGIN_ALLOW_THREADS and
  Py_END_ALLOW_THREADS; two threads took 1.07x the time of one.
"""

import hashlib
import hmac
from dataclasses import dataclass

OLD, NEW = 20_000, 65_000


@dataclass
class User:
    name: str
    salt: bytes
    rounds: int
    digest: bytes


def derive(password, salt, rounds):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)


def enrol(count):
    for number in range(count):
        name = f"user{number}"
        salt = hashlib.md5(name.encode()).digest()
        yield User(name, salt, OLD, derive(f"secret-{number}", salt, OLD))


def upgrade(user, password):
    """Check the password and store it with more rounds; say whether it was right."""
    known = derive(password, user.salt, user.rounds)
    if not hmac.compare_digest(known, user.digest):
        return False
    user.rounds = NEW
    user.digest = derive(password, user.salt, NEW)
    return True


def main():
    users = list(enrol(56))
    changed = sum(
        upgrade(user, f"secret-{number}" if number % 9 else "forgotten")
        for number, user in enumerate(users)
    )
    print(changed, "of", len(users), "upgraded;", users[1].digest.hex()[:16])


if __name__ == "__main__":
    main()
