"""Waiting spans, on disk as well: a process that is killed leaves them to the next one (docs/loss.md).

The queue in memory stays what it is. Beside it, each span is written to a file of this process and
acknowledged when the queue is done with it. So whatever happens to the file costs the file alone.

`put` and `acknowledge` follow the locking rule (logs/output.py): they append to a deque and *try* the lock.
While it is held, bytes are copied to a mapping and nothing else is called. Only the exporting thread opens,
claims, removes and says anything.
"""

import logging
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import Final

from glasshouse_telemetry.export import spool_file
from glasshouse_telemetry.export.spool_file import HEADER, LeftFile
from glasshouse_telemetry.fast.otlp import Encoded

_log = logging.getLogger("telemetry.export")
_MOST_FILES: Final = 64  # in a folder: with one more, spans wait in memory alone
_IN_A_ROW: Final = 32  # spans that one request's thread writes
_BEFORE_OPEN: Final = 10_000  # spans that wait to be written
_MOST_DONE: Final = 100_000
_TRIES: Final = 50  # of the exporting thread, a millisecond apart
_LOOKS_EVERY: Final = 10.0  # seconds


class Spool:
    """The file of this process. One for each queue; a forked child makes its own."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size - HEADER
        self._lock = threading.Lock()
        self._unwritten: deque[Encoded] = deque(maxlen=_BEFORE_OPEN)
        self._done: deque[Encoded] = deque()
        self._off = False
        self._map: mmap | None = None
        self._descriptor = -1
        self._path = folder
        self._marker = b""
        self._looks_next = 0.0
        # Numbers of what is written and not acknowledged; where those records end, in their order.
        self._numbers: dict[int, int] = {}
        self._ends: deque[int] = deque()
        self._early: set[int] = set()  # acknowledged before one that was written before them
        self._first_due = self._next = 0
        self._head = self._tail = 0  # the records are between them, around the end of the file

    @property
    def keeps(self) -> bool:
        """Whether something in the file is not acknowledged: it outlives this process."""
        return bool(self._ends)

    def put(self, item: Encoded) -> None:
        """Before anybody can acknowledge it. Never waits."""
        if self._off:
            return
        self._unwritten.append(item)
        if self._map is not None and self._lock.acquire(blocking=False):
            try:
                self._write(_IN_A_ROW)
            finally:
                self._lock.release()

    def acknowledge(self, items: Sequence[Encoded]) -> None:
        """By the exporting thread."""
        if self._off:
            return
        self._done.extend(items)
        if not self._take_lock():
            if len(self._done) > _MOST_DONE:  # the lock is lost: memory must not grow
                self._off = True
                self._done.clear()
        else:
            try:
                done = len(self._done)  # counted before the next line: all of these were put by now
                self._write(_BEFORE_OPEN)
                self._acknowledge(done)
            finally:
                self._lock.release()

    def open(self) -> None:
        """By the exporting thread, when it starts."""
        try:
            self._open()
            self.catch_up()
        except Exception as error:
            self._off = True
            self._unwritten.clear()
            _say("spans wait in memory alone, not in TELEMETRY_SPOOL_DIR %s: %s", self._folder, error)

    def catch_up(self) -> None:
        """Write what was put while the lock was taken, or before the file was there."""
        self.acknowledge(())

    def stop_looking(self) -> None:
        self._looks_next = float("inf")

    def left_by_others(self) -> Iterator[LeftFile]:
        """The files of dead processes, looked for every few seconds. By the exporting thread."""
        now = time.monotonic()
        if self._off or now < self._looks_next:
            return
        self._looks_next = now + _LOOKS_EVERY
        for left in spool_file.claim_left(self._folder):
            if left.unreadable:
                _say("%s in the spool is damaged and set aside", left.path.name)
            elif left.damaged:
                _say("%s in the spool is damaged: %d spans cannot be read", left.path.name, left.damaged)
            yield left

    def close(self) -> None:
        """By the exporting thread, at an orderly end. What is not acknowledged stays for the next process."""
        self.catch_up()
        if self._map is not None and self._take_lock():
            self._off = True
            try:
                if not self._ends:
                    with suppress(OSError):
                        os.unlink(self._path)
                self._close()
            finally:
                self._lock.release()

    def abandon(self) -> None:
        """In a forked child: the file is the parent's, whose lock on it must end with the parent."""
        self._off = True
        self._close()

    def _open(self) -> None:
        if not spool_file.is_supported():
            raise OSError("this system has no flock or no posix_fallocate")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise OSError("it must be a folder of this user that nobody else may enter (chmod 700)")
        spool_file.remove_half_made(self._folder)
        if sum(1 for _ in self._folder.glob(f"*{spool_file.SUFFIX}*")) >= _MOST_FILES:
            raise OSError(f"there are {_MOST_FILES} files in it already")
        name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._descriptor, self._marker = spool_file.create(self._folder, name, self._size + HEADER)
        self._path = self._folder / f"{name}{spool_file.SUFFIX}"
        self._map = mmap(self._descriptor, self._size + HEADER)

    def _close(self) -> None:
        mapped, self._map = self._map, None
        if mapped is not None:
            with suppress(BufferError, OSError):
                mapped.close()
                os.close(self._descriptor)

    def _take_lock(self) -> bool:
        """Holders copy some bytes; only a signal handler on top of one may make it last."""
        for _ in range(_TRIES):
            if self._lock.acquire(blocking=False):
                return True
            time.sleep(0.001)
        return False

    def _write(self, most: int) -> None:
        """With the lock held, as the following."""
        mapped = self._map
        if mapped is None or self._off:
            return
        try:
            while most > 0 and self._unwritten:
                most -= 1
                self._write_one(mapped, self._unwritten.popleft())
        except Exception:  # a mistake of ours: the span waits in memory anyway
            self._off = True
        except BaseException:  # a signal handler's: what is known of the file may be wrong now
            self._off = True
            raise

    def _write_one(self, mapped: mmap, item: Encoded) -> None:
        record = spool_file.record(self._marker, self._next, item)
        start = self._place(len(record))
        if start is None:  # full: this one waits in memory alone
            return
        end = start + len(record)
        mapped[HEADER + start : HEADER + end] = record
        self._numbers[id(item)] = self._next
        self._ends.append(end)
        self._tail = end
        self._next += 1

    def _place(self, length: int) -> int | None:
        if not self._ends:  # from the beginning: few pages are in use as long as spans are delivered
            self._head = self._tail = 0
        if self._tail >= self._head:
            if self._tail + length <= self._size:
                return self._tail
            return 0 if length < self._head else None
        return self._tail if self._tail + length < self._head else None

    def _acknowledge(self, done: int) -> None:
        for _ in range(done):
            number = self._numbers.pop(id(self._done.popleft()), None)
            if number is not None:
                self._early.add(number)
        before = self._first_due
        while self._ends and self._first_due in self._early:
            self._early.remove(self._first_due)
            self._head = self._ends.popleft()
            self._first_due += 1
        if self._first_due != before and self._map is not None:
            where, number_ = spool_file.first_due(self._first_due)
            self._map[where] = number_


def _say(message: str, *arguments: object) -> None:
    with suppress(Exception):  # filters and handlers are the app's
        _log.warning(message, *arguments)
