"""The rule that observing may fail and what is observed may not."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_log = logging.getLogger("telemetry")
_QUIET_FOR: Final = 60.0  # seconds between two reports
_quiet_until = 0.0


def attempt(observe: Callable[[*Ts], T], *args: *Ts) -> T | None:
    """What `observe` returns; None when it fails, which is logged at most once a minute."""
    global _quiet_until
    try:
        return observe(*args)
    except Exception:
        now = time.monotonic()
        if now >= _quiet_until:
            _quiet_until = now + _QUIET_FOR
            _log.exception("something could not be observed; the request goes on")
        return None
