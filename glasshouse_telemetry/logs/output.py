"""The one way out for log lines, and for what a request leaves behind: in batches, never in its way."""

import atexit
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from glasshouse_telemetry._forks import weakly
from glasshouse_telemetry._safe_call import attempt
from glasshouse_telemetry.logs.file import LineFile
from glasshouse_telemetry.metrics.instruments import instruments

DELAY: Final = 0.05  # seconds
_PATIENT: Final = frozenset({"DEBUG", "INFO"})  # severities that may wait; the others are there at once
_IN_A_ROW: Final = 32  # as fast as more, and no request stands still for long meanwhile
_MOST_WAITING: Final = 5000  # lines; who logs faster than the file takes writes, and waits, itself


class Later(Protocol):
    """Work that may wait a little, and the line that comes of it; None for no line."""

    def settle(self, service: str) -> str | None: ...


class Output:
    """Takes the lines of every logging library of this process. Never raises.

    Lines wait up to `delay` seconds for company and are written together. Requests that have been answered
    wait with them: their spans, measurements and lines are made here, in a row, which takes half the time. A
    busy process makes them in its requests' threads, row by row: a thread of its own would gather many, and
    while it works, no request would move.
    """

    def __init__(self) -> None:
        self.service = "unknown_service"
        self.tap: Callable[[str], None] | None = None  # takes the lines instead: telemetry.testing
        self.delay = DELAY
        self._file = LineFile(None)
        self._complained = False
        self._begin()
        os.register_at_fork(after_in_child=weakly(self._begin))

    def _begin(self) -> None:
        """Also in a forked child: what waits is the parent's to write."""
        self._waiting: deque[tuple[str, str | Later]] = deque()
        self._settled: deque[tuple[str, str]] = deque()
        self._thread_sleeps = True
        self._wake = threading.Event()
        # Reentrant: a signal handler may log while its thread is writing.
        self._settling = threading.RLock()
        self._writing = threading.RLock()
        self._thread: threading.Thread | None = None

    def send_to(self, path: Path | None) -> None:
        if path != self._file.path:
            self.flush()
            self._file.close()
            self._file = LineFile(path)

    def emit(self, severity: str, line: str) -> None:
        if self.tap is not None:
            self.tap(line)
        else:
            self.add(severity, line)

    def add(self, severity: str, entry: str | Later) -> None:
        waiting = self._waiting
        waiting.append((severity, entry))
        too_many = len(waiting) + len(self._settled) >= _MOST_WAITING
        if too_many or severity not in _PATIENT or not self.delay:
            self.flush()
            return
        if len(waiting) >= _IN_A_ROW and self._settling.acquire(blocking=False):
            try:
                self.settle()
            finally:
                self._settling.release()
        if self._thread_sleeps:
            self._thread_sleeps = False
            self._wake.set()
            if self._thread is None:
                self._start_thread()

    def settle(self) -> None:
        """Make the spans, measurements and lines of the requests that wait. Never blocks."""
        with self._settling:
            waiting, settled, service = self._waiting, self._settled, self.service
            for _ in range(len(waiting)):
                if not waiting:  # a signal handler on this thread was here
                    break
                severity, entry = waiting.popleft()
                line = entry if type(entry) is str else attempt(entry.settle, service)  # type: ignore[union-attr]
                if line is not None:
                    settled.append((severity, line))

    def flush(self) -> None:
        """Write every line that waits."""
        self.settle()
        with self._writing:
            lines = [self._settled.popleft() for _ in range(len(self._settled))]
            if lines:
                self._write(lines)

    def end(self) -> None:
        """From now on nothing waits: nobody may be left to write it."""
        self.delay = 0.0
        self.flush()

    def _write(self, lines: list[tuple[str, str]]) -> None:
        text = "\n".join([line for _, line in lines])
        written = len(lines)
        try:
            # A lone surrogate is no UTF-8: it becomes a question mark rather than a lost line.
            self._file.write(text.encode("utf-8", errors="replace") + b"\n")
        except OSError as error:
            written = self._file.whole_lines
            instruments().log_lines_dropped.add(type(error).__name__, len(lines) - written)
            self._complain(error)
        for severity, count in Counter([severity for severity, _ in lines[:written]]).items():
            instruments().log_lines_written.add(severity, count)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name="telemetry-lines", daemon=True)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # out of threads, or the interpreter is about to end
            self._thread = None
            self._thread_sleeps = True
            self.flush()

    def _run(self) -> None:
        while True:
            self._thread_sleeps = True
            # Who adds an entry looks at the flag afterwards: one of the two always sees the other.
            if self._waiting or self._settled:
                self._thread_sleeps = False
            else:
                self._wake.wait()
            self._wake.clear()
            time.sleep(self.delay)
            attempt(self.flush)

    def _complain(self, error: OSError) -> None:
        """Say once on standard error that lines are being lost; the metric says how many."""
        if not self._complained:
            self._complained = True
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(f"telemetry: cannot write log lines to {self._file}: {error}\n")


output = Output()
atexit.register(output.end)
