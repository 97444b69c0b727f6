"""The one way out for log lines and for finished work that ends as a line. It never raises and never hangs.

The locking rule of this library (tests/unit/telemetry/test_locking_rule.py enforces it):

1.  Whatever an app calls (a log call, the end of a span, a measurement) waits for no lock of ours. It appends
    to a deque, which no thread can split, and *tries* the lock of whoever empties it. When that is taken, its
    owner or the background thread finds the new entry.
2.  While one of these locks is held, no foreign code is called and nothing is logged. What is done there
    works on data of our own that nobody changes any more, and ends in one `os.write`.
3.  Even a wait that somebody asks for (a flush, a scrape, a full queue) has a bound.

So it does not matter which lock of whom a caller holds, nor that a signal handler or a finalizer logs in the
middle of all this on the same thread.
"""

import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from glasshouse_telemetry._exit import at_exit
from glasshouse_telemetry._forks import renew_after_fork
from glasshouse_telemetry._safe_call import report_failure
from glasshouse_telemetry._worker import Worker
from glasshouse_telemetry.logs.file import LineFile
from glasshouse_telemetry.metrics.counters import log_lines_dropped, log_lines_written
from glasshouse_telemetry.names import QUEUE_FULL

DELAY: Final = 0.05  # seconds
_PATIENT: Final = frozenset({"DEBUG", "INFO"})  # severities that may wait; the others are there at once
_IN_A_ROW: Final = (
    32  # entries that one thread settles in a row: as fast as more, and no request stands still
)
_MOST_WAITING: Final = 5000  # lines
_MOST_BYTES: Final = 16 * 1024 * 1024
_TRY_AGAIN: Final = 0.001  # seconds
_LONGEST_WAIT: Final = 1.0  # seconds that a full queue holds up who logs, before the line is dropped


class Finished(Protocol):
    """Work that has ended. `settle` hands on its span and measurement, and returns its line, if any."""

    def settle(self) -> str | None: ...


class Later(Exception):
    """Raised by `settle` when it would have to wait for a lock."""


class LineOutput:
    """Takes the lines of every logging library of this process and writes them in order.

    Lines wait up to `delay` seconds and are written together; finished requests wait with them, and their
    spans, measurements and lines are made here in a row, which takes half the time. A busy process does that
    on its requests' threads, row by row: a thread of its own would gather many, and no request would move
    while it works.
    """

    def __init__(self) -> None:
        self.service = "unknown_service"
        self.delay = DELAY
        self.tap: Callable[[str], None] | None = None  # takes the lines instead: glasshouse_telemetry.testing
        self.push: Callable[[str, str], None] | None = None  # takes severity and line, too: OTLP
        self._file: LineFile | None = LineFile(None)
        self._complained = False
        self.renew_after_fork()
        renew_after_fork(self)

    def renew_after_fork(self) -> None:
        """Also the beginning. In a child, what waits is the parent's to write."""
        self._waiting: deque[tuple[str, str | Finished]] = deque()
        self._settled: deque[tuple[str, str]] = deque()
        self._bytes = 0  # of the settled lines, roughly: set right whenever all are written
        self._settling = _Turn()
        self._writing = _Turn()
        self._stalled = False
        self._worker = Worker(self._write_all, lambda: bool(self._waiting or self._settled), self._pause)

    def send_to(self, path: Path | None, *, nowhere: bool = False) -> None:
        """Write to this file, to standard output (None), or `nowhere`, which leaves `push` alone."""
        current = self._file
        if (current is None and nowhere) or (current is not None and not nowhere and current.path == path):
            return
        self.flush()
        if self._writing.wait(_LONGEST_WAIT):
            try:
                if current is not None:
                    current.close()
                self._file = None if nowhere else LineFile(path)
            finally:
                self._writing.end()

    def emit(self, severity: str, line: str) -> None:
        """Write a line. Above INFO it is written before this returns, unless somebody else is writing it."""
        if self.tap is not None:
            self.tap(line)
        else:
            self.add(severity, line)

    def add(self, severity: str, entry: str | Finished) -> None:
        """Take a line, or work that becomes one."""
        waiting = self._waiting
        if self._is_full() and not self._make_room():
            log_lines_dropped.add(QUEUE_FULL)
            if type(entry) is str:
                return
        waiting.append((severity, entry))
        if severity not in _PATIENT or not self.delay:
            self._write_all()
        elif len(waiting) >= _IN_A_ROW:
            self.settle()
        if not self._worker.runs and (waiting or self._settled) and not self._worker.ensure():
            self._write_all()

    def settle(self) -> None:
        """Hand on the spans and measurements of finished work and make its lines, unless somebody else is."""
        failure: Exception | None = None
        while self._waiting and self._settling.try_begin():
            try:
                waiting, settled = self._waiting, self._settled
                while waiting:
                    severity, entry = waiting.popleft()
                    try:
                        line = entry if type(entry) is str else entry.settle()  # type: ignore[union-attr]
                    except Later:
                        waiting.append((severity, entry))
                        return
                    except Exception as error:
                        failure, line = error, None
                    if line is not None:
                        settled.append((severity, line))
                        self._bytes += len(line)
            finally:
                self._settling.end()
        if failure is not None:
            report_failure(failure)

    def flush(self, timeout: float = _LONGEST_WAIT) -> bool:
        """Write every line that waits; False when that takes longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self._waiting or self._settled or self._settling.taken or self._writing.taken:
            self._write_all()
            left = deadline - time.monotonic()
            for turn in (self._settling, self._writing):
                if turn.is_mine:
                    return False  # a signal handler or a finalizer in the middle of it
                if turn.taken and turn.wait(max(left, 0)):
                    turn.end()
            if left <= 0:
                return not (self._waiting or self._settled)
            if self._waiting:
                time.sleep(_TRY_AGAIN)
        return True

    def settle_all(self) -> None:
        """Before somebody reads metrics: wait, but not long, for what others are settling."""
        self.settle()
        if self._settling.taken and self._settling.wait(_LONGEST_WAIT):
            self._settling.end()

    def end(self) -> None:
        """From now on nothing waits: nobody may be left to write it."""
        self.delay = 0.0
        self.flush(5.0)

    def _is_full(self) -> bool:
        return len(self._waiting) + len(self._settled) >= _MOST_WAITING or self._bytes >= _MOST_BYTES

    def _make_room(self) -> bool:
        """Whether there is room after all. Who logs faster than the file takes writes, and waits, itself."""
        self._write_all()
        if not self._is_full():
            return True
        if not self._stalled and not self._writing.is_mine and self._writing.wait(_LONGEST_WAIT):
            self._writing.end()
            return True
        self._stalled = True  # nobody else waits until something is written
        return False

    def _write_settled(self) -> None:
        while self._settled and self._writing.try_begin():
            try:
                settled = self._settled
                lines = [settled.popleft() for _ in range(len(settled))]
                if not settled:
                    self._bytes = 0
                self._write(lines)
                self._stalled = False
            finally:
                self._writing.end()

    def _write(self, lines: list[tuple[str, str]]) -> None:
        if self.push is not None:
            for severity, line in lines:
                self.push(severity, line)
        if self._file is None:
            return
        # A lone surrogate is no UTF-8: it becomes a question mark rather than a lost line.
        text = "\n".join([line for _, line in lines]).encode("utf-8", errors="replace")
        written = len(lines)
        try:
            self._file.write(text + b"\n")
        except OSError as error:
            written = self._file.whole_lines
            log_lines_dropped.add(type(error).__name__, len(lines) - written)
            self._complain(error)
        for severity, count in Counter([severity for severity, _ in lines[:written]]).items():
            log_lines_written.add(severity, count)

    def _write_all(self) -> None:
        self.settle()
        self._write_settled()

    def _pause(self) -> float:
        return self.delay or DELAY

    def _complain(self, error: OSError) -> None:
        """Say once on standard error that lines are being lost; the metric says how many."""
        if not self._complained:
            self._complained = True
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(f"telemetry: cannot write log lines to {self._file}: {error}\n")


class _Turn:
    """A lock that is tried rather than waited for, and knows its owner."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @property
    def taken(self) -> bool:
        return self._lock.locked()

    @property
    def is_mine(self) -> bool:
        return self._owner == threading.get_ident()

    def try_begin(self) -> bool:
        if self._lock.acquire(blocking=False):
            self._owner = threading.get_ident()
            return True
        return False

    def wait(self, timeout: float) -> bool:
        """Wait for it, at most `timeout` seconds; never for oneself. Other greenlets go on meanwhile."""
        deadline = time.monotonic() + timeout
        while not self.try_begin():
            if self.is_mine or time.monotonic() >= deadline:
                return False
            time.sleep(_TRY_AGAIN)
        return True

    def end(self) -> None:
        self._owner = None
        self._lock.release()


output: Final = LineOutput()
at_exit(output.end)


def flush_log_lines(timeout: float = _LONGEST_WAIT) -> bool:
    """Write every log line that waits, within `timeout` seconds; False when some still wait.

    For what ends a process past Python's own end: `os._exit`, `os.exec`, a fatal signal.
    """
    return output.flush(timeout)
