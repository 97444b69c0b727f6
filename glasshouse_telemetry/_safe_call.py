"""The first rule of this library: observing may fail, what is observed may not."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_log = logging.getLogger("telemetry")
_QUIET_FOR: Final = 60.0  # seconds between two reports
_quiet_until = 0.0


def safe_call(observe: Callable[[*Ts], T], *args: *Ts) -> T | None:
    """What `observe` returns; None when it raises, which is logged at most once a minute."""
    try:
        return observe(*args)
    except Exception as error:
        report_failure(error)
        return None


def report_failure(error: Exception) -> None:
    """Log it, at most once a minute. Never raises, whatever handlers and filters there are."""
    global _quiet_until
    now = time.monotonic()
    if now >= _quiet_until:
        _quiet_until = now + _QUIET_FOR
        with suppress(Exception):
            _log.error("something could not be observed; the app goes on", exc_info=error)
