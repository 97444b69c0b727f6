"""The id of the request being served: taken from X-Request-ID or made, and handed on to other services."""

import re
from contextvars import ContextVar
from random import getrandbits

HEADER = "X-Request-ID"
_VALID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_current: ContextVar[str | None] = ContextVar("telemetry_request_id", default=None)


def request_id() -> str | None:
    """The id of the request that this code serves; None outside a request."""
    return _current.get()


def adopt_request_id(offered: str | None) -> str:
    """Make the id that came with a message or call the current one; a new one where it is none or unsafe.

    For what is no request of an instrumented Flask app. Call it in the thread that does the work, once for
    each piece of it: every log line and every call after that has this id, until the next one.
    """
    chosen = offered if offered and _VALID.fullmatch(offered) else getrandbits(128).to_bytes(16, "big").hex()
    _current.set(chosen)
    return chosen
