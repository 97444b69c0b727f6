"""Ctrl-C, TERM and a closed terminal arrive as exceptions, so that clean-up runs, and runs to its end."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# The shells' exit code for what Ctrl-C ended.
INTERRUPTED = 130

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def raise_when_terminated() -> None:
    """Make TERM and HUP raise SystemExit, as Ctrl-C already raises KeyboardInterrupt."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants to be left alone
            signal.signal(number, _exit)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not stop the stopping."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
