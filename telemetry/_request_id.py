"""The id of the request being served: taken from X-Request-ID or made, and handed on to other services."""

import re
from contextvars import ContextVar
from uuid import uuid4

HEADER = "X-Request-ID"
_VALID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_current: ContextVar[str | None] = ContextVar("telemetry_request_id", default=None)


def request_id() -> str | None:
    """The id of the request that this code serves; None outside a request."""
    return _current.get()


def adopt(offered: str | None) -> str:
    """Make the id that a client offered the current one; a new one where it offered none or an unsafe one."""
    chosen = offered if offered and _VALID.fullmatch(offered) else uuid4().hex
    _current.set(chosen)
    return chosen
