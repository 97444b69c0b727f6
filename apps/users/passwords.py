"""Passwords: kept as Argon2id hashes, and checked in the same time whether there is one or not."""

import unicodedata
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# One of the settings that OWASP's Password Storage Cheat Sheet calls equal in strength: the one with the
# least memory, so that all of gunicorn's threads may sign people in at once. Some 15 ms of one core. A hash
# names its own settings: those made before a change of these stay valid.
HASHER = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)


class Passwords:
    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._nobodys = hasher.hash(token_urlsafe())

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def is_right(self, password: str, password_hash: str | None) -> bool:
        """Never for None: but that takes as long to say, so that nobody learns who has a password here."""
        try:
            self._hasher.verify(password_hash or self._nobodys, _normal(password))
        except VerifyMismatchError:
            return False
        return password_hash is not None


def _normal(password: str) -> str:
    """Keyboards differ in how they send the same letter (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
