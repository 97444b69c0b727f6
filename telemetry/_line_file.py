"""Append-only lines: one `write` each, to a file that may be rotated or to standard output."""

import os
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Final

_STDOUT: Final = 1
_CLOSED: Final = -1
_CHECK_EVERY: Final = 1.0  # seconds between two looks at whether the file was moved away


class LineFile:
    """Where whole lines are appended; standard output without a path. A line not written is an OSError."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._fd = _STDOUT if path is None else _CLOSED
        self._check_at = 0.0
        self._torn = False
        self._lock = threading.Lock()
        _locks.add(self)

    def __str__(self) -> str:
        return str(self.path or "standard output")

    def write(self, line: bytes) -> None:
        with self._lock:
            if self.path is not None:
                self._follow(self.path)
            # A line that broke off half-way (a full disk) must not take the next one with it.
            self._write_whole(b"\n" + line if self._torn else line)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _write_whole(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += self._write(data[written:])
        finally:
            if written:
                self._torn = written < len(data)

    def _write(self, data: bytes) -> int:
        return os.write(self._fd, data)

    def _follow(self, path: Path) -> None:
        """Open the file when it is not open, and anew when somebody moved it away."""
        now = time.monotonic()
        if now < self._check_at and self._fd != _CLOSED:
            return
        self._check_at = now + _CHECK_EVERY
        if self._fd != _CLOSED and not self._moved(path):
            return
        self._close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def _moved(self, path: Path) -> bool:
        try:
            return not os.path.samestat(os.stat(path), os.fstat(self._fd))
        except FileNotFoundError:
            return True

    def _close(self) -> None:
        if self.path is not None and self._fd != _CLOSED:
            with suppress(OSError):
                os.close(self._fd)
            self._fd = _CLOSED
        self._torn = False


_locks: weakref.WeakSet[LineFile] = weakref.WeakSet()


def _renew_locks() -> None:
    """A lock that another thread held during the fork would stay locked in the child for ever."""
    for file in _locks:
        file._lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_locks)
