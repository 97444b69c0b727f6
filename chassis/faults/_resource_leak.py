"""What a fault keeps although it should not: bounded, and let go of when the fault is off again."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from chassis.faults._fault import Fault, Knobs

T = TypeVar("T")


class ResourceLeak(Generic[T]):
    """At most as many as the knob `limit` says. `let_go` is called for each, on the watching thread."""

    def __init__(self, fault: Fault, let_go: Callable[[T], object] = lambda thing: None) -> None:
        self._fault = fault
        self._let_go = let_go
        self._lock = threading.Lock()
        self._kept: list[T] = []
        self._coming = 0
        fault.when_switched(self._switched)

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, make: Callable[[Knobs], T]) -> None:
        """One more while the fault is on; `make` gets its knobs."""
        knobs = self._fault.current()
        if knobs is None:
            return
        with self._lock:
            if len(self._kept) + self._coming >= int(knobs["limit"]):
                return
            self._coming += 1
        try:
            self._add(make(knobs))  # without the lock: it may have to wait
        finally:
            with self._lock:
                self._coming -= 1

    def _add(self, thing: T) -> None:
        with self._lock:
            is_on = self._fault.is_on()
            if is_on:
                self._kept.append(thing)
        if not is_on:
            self._let_go(thing)

    def _switched(self, is_on: bool) -> None:
        if is_on:
            return
        with self._lock:
            kept, self._kept = self._kept, []
        for thing in kept:
            self._let_go(thing)
