"""What a service does beside answering requests: threads that start with it and end with it, in order."""

import atexit
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from werkzeug.exceptions import ServiceUnavailable

from chassis.events import Consumer
from chassis.events._loop import Loop

STOP_TIMEOUT_S = 5.0


class Part(Protocol):
    """`chassis.events.Relay` and `Consumer` are such parts."""

    def start(self) -> None: ...
    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool: ...


class Repeated:
    """A step repeated on a thread of its own; it answers for how many seconds to rest, unless woken."""

    def __init__(
        self,
        name: str,
        step: Callable[[], float],
        close: Callable[[], object] = lambda: None,
        wake: threading.Event | None = None,
    ) -> None:
        self._loop = Loop(name, step, close, wake)

    def start(self) -> None:
        self._loop.start()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Finish the step in hand; False when that took too long."""
        self._loop.request_stop()
        return self._loop.join(timeout_s)


class Background:
    """The first to start is the last to stop: give the relay first, so that what the others say goes out."""

    def __init__(self, *parts: Part) -> None:
        self._parts: Sequence[Part] = parts
        self._undeclared = [part for part in parts if isinstance(part, Consumer)]

    def start(self) -> None:
        """In the process that is to do the work: threads do not survive a fork."""
        for part in self._parts:
            part.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Comes by itself when the process ends. Twice does no harm."""
        atexit.unregister(self.stop)
        for part in reversed(self._parts):
            part.stop()

    def check(self) -> None:
        """Raises until every queue has been declared once: before that, events would be missed.

        Not later: while a broker is away its queues keep what is in them. At a start this is as it should
        be, so it is no DomainError: those are logged as errors.
        """
        self._undeclared = [consumer for consumer in self._undeclared if not consumer.declared]
        if self._undeclared:
            raise ServiceUnavailable("The broker does not have all queues of this service yet.")
