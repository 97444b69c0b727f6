"""What may be said of a failed call: the types of its exceptions, the system's words, places in the code.

Never their messages: those of requests and urllib3 quote headers, and URLs with queries and credentials. Nor
lines of code, which may hold literals. And `str()` of somebody else's exception may itself fail.
"""

import os
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from glasshouse_telemetry import names
from glasshouse_telemetry.logs.line import qualified_name

_CALLERS: Final = frozenset({"requests", "urllib3"})
_LONGEST_CHAIN: Final = 8
_MOST_FRAMES: Final = 50  # of each exception, the innermost ones


def description(error: BaseException) -> str:
    """`ConnectionError: MaxRetryError: NewConnectionError: ConnectionRefusedError: Connection refused`"""
    chain = list(_chain(error))
    return ": ".join([*(type(each).__name__ for each in chain), *filter(None, [_system_words(chain[-1])])])


def is_of_a_call(error: BaseException) -> bool:
    """Whether it is, or came from, an exception of requests or urllib3."""
    return any(type(each).__module__.partition(".")[0] in _CALLERS for each in _chain(error))


def event_attributes(error: BaseException) -> dict[str, str]:
    """Of an event named `exception`, by the semantic conventions."""
    _, _, message = description(error).partition(": ")
    return {
        names.EXCEPTION_TYPE: qualified_name(type(error)),
        names.EXCEPTION_MESSAGE: message,
        names.EXCEPTION_STACKTRACE: _stack_trace(error),
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from, the cause of all last."""
    current: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _system_words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return str(error.reason or "")
    if isinstance(error, socket.gaierror):
        return str(error.strerror or "")
    if type(error).__module__ == "builtins" and isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return ""


def _stack_trace(error: BaseException) -> str:
    blocks = ["\n".join((*_frames(each.__traceback__), description(each))) for each in _chain(error)]
    return "\n\nDuring handling of the above exception, another exception occurred:\n\n".join(
        reversed(blocks)
    )


def _frames(traceback: TracebackType | None) -> list[str]:
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {traceback.tb_lineno}, in {code.co_name}')
        traceback = traceback.tb_next
    return ["Traceback (most recent call last):", *lines[-_MOST_FRAMES:]]
