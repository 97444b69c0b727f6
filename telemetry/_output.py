"""Where log lines go: one `write` per line to a file opened for appending, or to standard output."""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_STDOUT = 1
_CHECK_EVERY = 1.0  # seconds between two looks at whether the file was moved away


class LineFile:
    """Appends whole lines. Reopens the file after a rotation; a line that cannot be written raises OSError."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._fd = _STDOUT if path is None else -1
        self._check_at = 0.0
        self._torn = False
        self._lock = threading.Lock()
        # A fork while another thread holds the lock would leave it locked for ever in the child.
        os.register_at_fork(after_in_child=self._renew_lock)

    @property
    def path(self) -> Path | None:
        return self._path

    def write(self, line: bytes) -> None:
        with self._lock:
            if self._path is not None:
                self._follow(self._path)
            # A line that broke off half-way (disk full) must not swallow the next one.
            self._write_all(b"\n" + line if self._torn else line)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _write_all(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:])
        finally:
            if written:
                self._torn = written < len(data)

    def _follow(self, path: Path) -> None:
        """Open the file, or open it anew when it was moved away; looks at most once a second."""
        now = time.monotonic()
        if self._fd >= 0 and now < self._check_at:
            return
        self._check_at = now + _CHECK_EVERY
        if self._fd >= 0 and not self._was_moved(path):
            return
        self._close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._torn = False

    def _was_moved(self, path: Path) -> bool:
        try:
            return not os.path.samestat(os.stat(path), os.fstat(self._fd))
        except OSError:
            return True

    def _close(self) -> None:
        if self._path is not None and self._fd >= 0:
            with suppress(OSError):
                os.close(self._fd)
            self._fd = -1

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


class Output:
    """The one way out for log lines of this process, whichever logging library made them. Never raises."""

    def __init__(self, count_written: Callable[[str], None], count_dropped: Callable[[str], None]) -> None:
        self.file = LineFile()
        self.tap: Callable[[bytes], None] | None = (
            None  # takes the lines in place of the file: telemetry.testing
        )
        self._count_written = count_written
        self._count_dropped = count_dropped
        self._complained = False

    def send_to(self, path: Path | None) -> None:
        if path != self.file.path:
            self.file.close()
            self.file = LineFile(path)

    def emit(self, severity: str, line: bytes) -> None:
        try:
            (self.tap or self.file.write)(line)
        except OSError as error:
            self._count_dropped(type(error).__name__)
            self._complain(error)
        else:
            self._count_written(severity)

    def _complain(self, error: OSError) -> None:
        """Say once on standard error that lines are being lost; the metric says how many."""
        if not self._complained:
            self._complained = True
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(
                    f"telemetry: log lines cannot be written to {self.file.path or 'stdout'}: {error}\n"
                )
