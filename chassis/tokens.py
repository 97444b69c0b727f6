"""Access tokens: JWTs signed with HS256, by keys that can rotate."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHM = "HS256"
ISSUER = "shop"
# RFC 7518, 3.2: a key as long as the hash, or longer.
SHORTEST_KEY_BYTES = 32

# The first that fits: an expired token is told apart from a forged one.
_REASONS = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.ImmatureSignatureError, "not_yet_valid"),
    (jwt.InvalidSignatureError, "bad_signature"),
    (jwt.InvalidAlgorithmError, "bad_signature"),
)
MALFORMED = "malformed"


@dataclass(frozen=True)
class Identity:
    subject: str
    roles: frozenset[str] = frozenset()


class InvalidToken(Exception):
    """`reason` is "expired", "not_yet_valid", "bad_signature" or "malformed"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tokens:
    """The first key signs, the others are accepted, too. Raises ValueError for a key too short to be safe."""

    def __init__(self, keys: Sequence[str], lifetime_s: int, clock: Callable[[], float] = time.time) -> None:
        if not keys or any(len(key.encode()) < SHORTEST_KEY_BYTES for key in keys):
            raise ValueError(f"a key for access tokens has at least {SHORTEST_KEY_BYTES} bytes")
        self._keys = keys
        self.lifetime_s = lifetime_s
        self._clock = clock

    def issue(self, identity: Identity) -> str:
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "sub": identity.subject,
            "roles": sorted(identity.roles),
            "iat": now,
            "exp": now + self.lifetime_s,
        }
        return jwt.encode(claims, self._keys[0], ALGORITHM)

    def read(self, token: str) -> Identity:
        """Whose token it is; raises InvalidToken."""
        claims = self._verified(token)
        subject, roles = claims["sub"], claims["roles"]
        if not subject or not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise InvalidToken(MALFORMED)
        return Identity(subject, frozenset(roles))

    def _verified(self, token: str) -> dict[str, Any]:
        for key in self._keys[:-1]:
            try:
                return _decode(token, key)
            except InvalidToken as invalid:
                if invalid.reason != "bad_signature":
                    raise
        return _decode(token, self._keys[-1])


def _decode(token: str, key: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token, key, [ALGORITHM], {"require": ["iss", "sub", "roles", "iat", "exp"]}, issuer=ISSUER
        )
    except (jwt.PyJWTError, RecursionError) as error:
        reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
        raise InvalidToken(next(reasons, MALFORMED)) from None
