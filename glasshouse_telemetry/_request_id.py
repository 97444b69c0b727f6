"""The id of the request being served: taken from X-Request-ID or made, and handed on to other services."""

import re
from contextvars import ContextVar
from random import getrandbits
from typing import Final

HEADER: Final = "X-Request-ID"
_VALID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch
current: Final[ContextVar[str | None]] = ContextVar("telemetry_request_id", default=None)


def request_id() -> str | None:
    """The id of the request that this code serves; None outside a request."""
    return current.get()


def adopt_request_id(offered: str | None) -> str:
    """Make the id that came with a message or call the current one; a new one where it is none or unsafe.

    For what is no request of an instrumented Flask app. Call it in the thread that does the work, once for
    each piece of it: every log line and every call after that has this id, until the next one.
    """
    chosen = choose(offered)
    current.set(chosen)
    return chosen


def choose(offered: str | None, otherwise: str | None = None) -> str:
    """The id that was offered, if it is safe; else the other one; else a new one."""
    if offered and _VALID(offered):
        return offered
    return otherwise or getrandbits(128).to_bytes(16, "big").hex()
