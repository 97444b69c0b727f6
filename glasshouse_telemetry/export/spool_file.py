"""A spool file: what it looks like, and how one that a dead process has left is claimed and read.

    magic (8 bytes), marker (8), number of the first record that is not acknowledged yet (8), zeros up to 64
    records: marker (8), number (8), length (4), CRC-32 of number, length and content (4), content

Numbers are consecutive, so a file says by itself which records count: those that are whole and not
acknowledged, wherever they stand. The marker is random: no content of a span looks like a record.
Its owner holds a lock (`flock`) on the file as long as it lives, and however it dies, the lock ends with it.
"""

import os
import stat
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from glasshouse_telemetry.fast.otlp import Encoded

SUFFIX: Final = ".spans"
HEADER: Final = 64  # bytes
_HALF_MADE: Final = f"{SUFFIX}.new"
_MAGIC: Final = b"GHSPOOL1"
_FIRST_DUE: Final = slice(16, 24)
_HEAD: Final = struct.Struct("<QI")
_CRC: Final = struct.Struct("<I")
_LENGTHS: Final = struct.Struct("<II")
_CONTENT: Final = 8 + _HEAD.size + _CRC.size  # where it begins
_HALF_MADE_FOR: Final = 60.0  # seconds; it takes milliseconds
_LARGEST: Final = 256 * 1024 * 1024  # bytes of a file that is read


def is_supported() -> bool:
    return fcntl is not None and hasattr(os, "posix_fallocate")


def create(folder: Path, name: str, size: int) -> tuple[int, bytes]:
    """A new file of this process, with all of its space, and its marker. Nobody sees it half made."""
    hidden, marker = folder / f".{name}{_HALF_MADE}", os.urandom(8)
    descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        # All of it now: where the disk is full, writing to a mapping later would end the process.
        os.posix_fallocate(descriptor, 0, size)
        os.pwrite(descriptor, _MAGIC + marker, 0)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(hidden, folder / f"{name}{SUFFIX}")
    except BaseException:
        with suppress(OSError):
            os.unlink(hidden)
        os.close(descriptor)
        raise
    return descriptor, marker


def remove_half_made(folder: Path) -> None:
    """What processes have left that were killed in the middle of `create`."""
    for path in folder.glob(f".*{_HALF_MADE}"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _HALF_MADE_FOR:
                path.unlink()


def record(marker: bytes, number: int, item: Encoded) -> bytes:
    resource, scope, span = item
    content = b"".join((_LENGTHS.pack(len(resource), len(scope)), resource, scope, span))
    head = _HEAD.pack(number, len(content))
    return b"".join((marker, head, _CRC.pack(zlib.crc32(content, zlib.crc32(head))), content))


def first_due(number: int) -> tuple[slice, bytes]:
    """Where the file says so, and how. Eight aligned bytes: they are written whole."""
    return _FIRST_DUE, number.to_bytes(8, "little")


class LeftFile:
    """A file of a process that is dead, claimed. Used by one thread."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._numbers: list[int] = []
        self.items: list[Encoded] = []
        self.damaged = 0  # records that cannot be read
        self.unreadable = False  # not even its header
        self._acknowledged = 0
        self._read()

    def acknowledge(self, items: int) -> None:
        """So many more were delivered or given up."""
        self._acknowledged += items
        where, number = first_due(self._numbers[self._acknowledged - 1] + 1)
        os.pwrite(self._descriptor, number, where.start)

    def remove(self) -> None:
        with suppress(OSError):
            if self.unreadable:
                self.path.rename(f"{self.path}.damaged")
            else:
                self.path.unlink()

    def close(self) -> None:
        """From now on others may claim it."""
        with suppress(OSError):  # a child that was forked meanwhile has the descriptor, too
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    def _read(self) -> None:
        data = b""
        if (size := os.fstat(self._descriptor).st_size) <= _LARGEST:
            data = os.pread(self._descriptor, size, 0)
        if len(data) < HEADER or not data.startswith(_MAGIC):
            self.unreadable = True
            return
        first = int.from_bytes(data[_FIRST_DUE], "little")
        found = {number: item for number, item in _records(data, data[8:16]) if number >= first}
        self._numbers = sorted(found)
        shared: dict[bytes, bytes] = {}  # one object for each resource and each scope
        for number in self._numbers:
            resource, scope, span = found[number]
            self.items.append((shared.setdefault(resource, resource), shared.setdefault(scope, scope), span))
        if self._numbers:
            self.damaged = self._numbers[-1] + 1 - first - len(self._numbers)


def _records(data: bytes, marker: bytes) -> Iterator[tuple[int, Encoded]]:
    """All whole ones. After one that is torn or damaged it goes on with the next marker."""
    at = data.find(marker, HEADER)
    while at >= 0:
        end = at + 1
        if at + _CONTENT <= len(data):
            head = data[at + 8 : at + 8 + _HEAD.size]
            number, length = _HEAD.unpack(head)
            (crc,) = _CRC.unpack_from(data, at + 8 + _HEAD.size)
            content = data[at + _CONTENT : at + _CONTENT + length]
            if len(content) == length >= _LENGTHS.size and crc == zlib.crc32(content, zlib.crc32(head)):
                of_resource, of_scope = _LENGTHS.unpack_from(content)
                scope_at = _LENGTHS.size + of_resource
                span_at = scope_at + of_scope
                resource, scope = content[_LENGTHS.size : scope_at], content[scope_at:span_at]
                yield number, (resource, scope, content[span_at:])
                end = at + _CONTENT + length
        at = data.find(marker, end)


def claim_left(folder: Path) -> Iterator[LeftFile]:
    """The files whose processes are dead, each claimed: no other process gets it. To be closed."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(OSError):  # gone, or not ours to read
            flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(path, flags)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                ours = _is_the_file(path, os.fstat(descriptor))
                left = LeftFile(path, descriptor) if ours else None
            except BaseException:
                os.close(descriptor)
                raise
            if left is None:
                os.close(descriptor)
            else:
                yield left


def _is_the_file(path: Path, claimed: os.stat_result) -> bool:
    """Not one that another process has delivered and removed before we had its lock, nor one of others."""
    there = path.lstat()
    same = (there.st_dev, there.st_ino) == (claimed.st_dev, claimed.st_ino)
    return same and stat.S_ISREG(claimed.st_mode) and claimed.st_uid == os.geteuid()
