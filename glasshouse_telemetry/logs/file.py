"""Append-only lines: whole ones in every `write`, to a file that may be rotated or to standard output."""

import os
import stat
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_STDOUT: Final = 1
_CLOSED: Final = -1
_CHECK_EVERY: Final = 1.0  # seconds between two looks at whether the file was moved away
_PIPE_BUF: Final = 4096  # what a pipe takes in one piece, whoever else writes to it


class LineFile:
    """Where whole lines are appended; standard output without a path. A line not written is an OSError.

    Used by one thread at a time: LineOutput sees to that.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.whole_lines = 0  # of the last call of `write`, how many are in the file
        self._fd = _STDOUT if path is None else _CLOSED
        self._check_at = 0.0
        self._torn = False

    def __str__(self) -> str:
        return str(self.path or "standard output")

    def write(self, lines: bytes) -> None:
        """Append whole lines."""
        self.whole_lines = 0
        if self.path is not None:
            self._follow(self.path)
        elif not _has_standard_output():
            raise OSError("there is no standard output")
        for piece in self._pieces(lines):
            self._write_whole(piece)

    def close(self) -> None:
        if self.path is not None and self._fd != _CLOSED:
            with suppress(OSError):
                os.close(self._fd)
            self._fd = _CLOSED
        self._torn = False

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
        """Open the file when it is not open, and again when somebody has moved it away."""
        now = time.monotonic()
        if now < self._check_at and self._fd != _CLOSED:
            return
        self._check_at = now + _CHECK_EVERY
        if self._fd != _CLOSED and not self._moved(path):
            return
        self.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _moved(self, path: Path) -> bool:
        try:
            return not os.path.samestat(os.stat(path), os.fstat(self._fd))
        except FileNotFoundError:
            return True


def _has_standard_output() -> bool:
    """Whether descriptor 1 is it. Once it was closed, the next file that is opened has that number.

    Python opens files so that children do not inherit them, which standard output always is.
    """
    stdout = sys.__stdout__
    try:
        return stdout is not None and not stdout.closed and os.get_inheritable(_STDOUT)
    except (OSError, ValueError):
        return False
