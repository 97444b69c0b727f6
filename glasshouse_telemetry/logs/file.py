"""Append-only lines: whole ones in every `write`, to a file that may be rotated or to standard output."""

import os
import stat
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_STDOUT: Final = 1
_CLOSED: Final = -1
_CHECK_EVERY: Final = 1.0  # seconds between two looks at whether the file was moved away
_PIPE_BUF: Final = 4096  # what a pipe takes in one piece, whoever else writes to it


class LineFile:
    """Where whole lines are appended; standard output without a path. A line not written is an OSError."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.whole_lines = 0  # of the last call of `write`, how many are in the file
        self._fd = _STDOUT if path is None else _CLOSED
        self._check_at = 0.0
        self._torn = False
        self._lock = threading.RLock()
        _locks.add(self)

    def __str__(self) -> str:
        return str(self.path or "standard output")

    def write(self, lines: bytes) -> None:
        """Append whole lines."""
        with self._lock:
            self.whole_lines = 0
            if self.path is not None:
                self._follow(self.path)
            for piece in self._pieces(lines):
                self._write_whole(piece)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _pieces(self, lines: bytes) -> Iterable[bytes]:
        """A file takes many lines at once; in a pipe the lines of others could come between long pieces."""
        if len(lines) <= _PIPE_BUF or stat.S_ISREG(os.fstat(self._fd).st_mode):
            return (lines,)
        pieces = []
        while lines:
            end = lines.rfind(b"\n", 0, _PIPE_BUF) + 1 or lines.find(b"\n") + 1
            pieces.append(lines[:end])
            lines = lines[end:]
        return pieces

    def _write_whole(self, data: bytes) -> None:
        # A line that broke off half-way (a full disk) must not take the next one with it.
        repair = b"\n" if self._torn else b""
        piece, written = repair + data, 0
        try:
            while written < len(piece):
                written += self._write(piece[written:])
        finally:
            if written:
                self._torn = not piece[:written].endswith(b"\n")
                self.whole_lines += piece.count(b"\n", len(repair), written)

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
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

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
        file._lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_locks)
