"""The Collector's files, looked at before it starts: one that is damaged keeps it from starting.

Each is a bbolt database (go.etcd.io/bbolt): two pages of metadata with a checksum, and a tree of pages below
the valid one with the higher transaction number. What is read here is what the Collector would trip over.
"""

import mmap
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stackctl.paths import data_dir
from stackctl.run import annotations

_PREFIXES: Final = ("receiver_", "exporter_")
# Of a page: its id, flags, how many elements, how many pages follow that belong to it.
_PAGE: Final = struct.Struct("<QHHI")
# Magic, version, size of a page, flags, root and its sequence, freelist, pages, transaction.
_META: Final = struct.Struct("<IIIIQQQQQ")
_SUM: Final = struct.Struct("<Q")
_BRANCH_ELEMENT: Final = struct.Struct("<IIQ")
_LEAF_ELEMENT: Final = struct.Struct("<IIII")
_BUCKET: Final = struct.Struct("<QQ")
_MAGIC: Final = 0xED0CDAED
_BRANCH, _LEAF, _FREELIST = 0x01, 0x02, 0x10
_NO_FREELIST: Final = 2**64 - 1
_IS_BUCKET: Final = 1
_PAGE_SIZES: Final = (4096, 8192, 16384, 32768, 65536)  # whatever the machine's is


@dataclass(frozen=True)
class SetAside:
    """A damaged file, under its new name. `is_queue`: it held what was still to be delivered."""

    path: Path
    damage: str

    @property
    def is_queue(self) -> bool:
        return self.path.name.startswith("exporter_")

    def __str__(self) -> str:
        lost = (
            "what waited in it for its backend is not delivered"
            if self.is_queue
            else "all log files are read again from their beginning, and Loki keeps one of two equal lines"
        )
        return (
            f"otel-collector: {self.path.stem} was damaged ({self.damage}): {lost}. It is kept as {self.path}"
        )


def set_aside_damaged(folder: Path | None = None) -> list[SetAside]:
    """Give every damaged file another name. Only while the Collector does not run."""
    folder = folder or data_dir("otel-collector")
    found = []
    for path in sorted(folder.glob("*")):
        if path.suffix or not path.name.startswith(_PREFIXES):
            continue
        if damage := damage_of(path):
            kept = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
            found.append(SetAside(path.rename(kept), damage))
    return found


def report(found: list[SetAside]) -> None:
    """As log lines, which the Collector delivers once it runs."""
    for each in found:
        annotations.write("storage.damaged", each.path.name, damage=each.damage)


def damage_of(path: Path) -> str:
    """What is wrong with a database; nothing if it can be opened. An empty file is as good as none."""
    if path.stat().st_size == 0:
        return ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            _check(content)
        except (ValueError, struct.error) as error:
            return str(error)
    return ""


def _check(content: mmap.mmap) -> None:
    metas = list(_metas(content))
    if not metas:
        raise ValueError("no valid page of metadata")
    size, root, freelist, pages, _ = max(metas, key=lambda meta: meta[-1])
    if len(content) < pages * size:
        raise ValueError(f"{len(content)} bytes of {pages * size}")
    if freelist != _NO_FREELIST:
        _page(content, size, freelist, _FREELIST)
    seen: set[int] = set()
    to_visit = [root]
    while to_visit:
        number = to_visit.pop()
        if number in seen:
            raise ValueError(f"page {number} is part of the tree twice")
        seen.add(number)
        to_visit += _children(content, size, number)


def _metas(content: mmap.mmap) -> Iterator[tuple[int, int, int, int, int]]:
    """Page size, root, freelist, number of pages and transaction of those that are whole."""
    for at in (0, *_PAGE_SIZES):
        start = at + _PAGE.size
        if len(content) < start + _META.size + _SUM.size:
            continue
        magic, version, size, _, root, _, freelist, pages, transaction = _META.unpack_from(content, start)
        [checksum] = _SUM.unpack_from(content, start + _META.size)
        if magic == _MAGIC and version == 2 and _fnv(content[start : start + _META.size]) == checksum:
            yield size, root, freelist, pages, transaction


def _fnv(data: bytes) -> int:
    """FNV-1a of 64 bits."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 & 0xFFFF_FFFF_FFFF_FFFF
    return found


def _page(content: mmap.mmap, size: int, number: int, *kinds: int) -> tuple[int, int, int]:
    """Where its elements begin, its kind, and how many elements it has."""
    start = number * size
    if start + _PAGE.size > len(content):
        raise ValueError(f"page {number} is missing")
    says, flags, count, _ = _PAGE.unpack_from(content, start)
    if says != number or flags not in kinds:
        raise ValueError(f"page {number} is not what it should be")
    return start + _PAGE.size, flags, count


def _children(content: mmap.mmap, size: int, number: int) -> Iterator[int]:
    start, kind, count = _page(content, size, number, _BRANCH, _LEAF)
    if kind == _BRANCH:
        for index in range(count):
            yield _BRANCH_ELEMENT.unpack_from(content, start + index * _BRANCH_ELEMENT.size)[2]
        return
    for index in range(count):
        at = start + index * _LEAF_ELEMENT.size
        flags, offset, key_size, value_size = _LEAF_ELEMENT.unpack_from(content, at)
        if at + offset + key_size + value_size > len(content):
            raise ValueError(f"a value in page {number} is cut off")
        if flags == _IS_BUCKET:
            root, _ = _BUCKET.unpack_from(content, at + offset + key_size)
            if root:  # else it is so small that it stands here
                yield root
