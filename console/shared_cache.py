"""Answers that all viewers share: of those who ask the same at the same time, one asks the backend."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Sized)


@dataclass
class _Entry(Generic[T]):
    answer: Future[T]
    until: float = float("inf")
    size: int = 0


class SharedCache(Generic[T]):
    """At most `most_bytes` of answers are kept; those that were asked for longest ago go first."""

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, fresh_s: float, fetch: Callable[[], T]) -> T:
        """Return the answer to `key`, fetched when there is none that is fresh. A failure is not kept."""
        with self._lock:
            entry = self._entries.get(key)
            mine = entry is None or entry.until <= self._clock()
            if mine:
                self._remove(key)
                entry = self._entries[key] = _Entry(Future())
            else:
                self._entries.move_to_end(key)
        assert entry is not None
        if mine:
            self._fill(key, entry, fresh_s, fetch)
        return entry.answer.result()

    def _fill(self, key: Hashable, entry: _Entry[T], fresh_s: float, fetch: Callable[[], T]) -> None:
        try:
            found = fetch()
        except BaseException as error:
            with self._lock:
                self._remove(key)
            entry.answer.set_exception(error)
            return
        with self._lock:
            entry.until, entry.size = self._clock() + fresh_s, found.size
            self._bytes += found.size
            self._make_room()
        entry.answer.set_result(found)

    def _make_room(self) -> None:
        now = self._clock()
        for key in [key for key, entry in self._entries.items() if entry.until <= now]:
            self._remove(key)
        while self._bytes > self._most_bytes:
            self._remove(next(key for key, entry in self._entries.items() if entry.size))

    def _remove(self, key: Hashable) -> None:
        if entry := self._entries.pop(key, None):
            self._bytes -= entry.size
