"""A file that takes up disk space, by a plan that leaves most of it alone."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from stackctl.errors import StackError
from stackctl.paths import data_dir

LEAST_FREE = 10e9
_EVERY_SECONDS = 1.0


def filler_file() -> Path:
    return data_dir("drill") / "ballast"


def require_space() -> None:
    folder = filler_file().parent
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise StackError(
            f"only {free / 1e9:.0f} GB are free here: this drill wants {LEAST_FREE / 1e9:.0f} GB.",
            "Another one: ./stack drill --list",
        )


def fill(full_in_s: float, most: float, should_continue: Callable[[], bool]) -> None:
    """Take `most` (a share) of the free space, at the rate that would fill the disk in `full_in_s`."""
    path = filler_file()
    free = shutil.disk_usage(path.parent).free
    per_second, limit = free / full_in_s, free * most
    began = time.monotonic()
    with path.open("wb") as file:
        while should_continue():
            wanted = int(min(per_second * (time.monotonic() - began), limit))
            if wanted > file.seek(0, os.SEEK_END):
                _allocate(file.fileno(), wanted)
            time.sleep(_EVERY_SECONDS)
    path.unlink(missing_ok=True)


def _allocate(descriptor: int, size: int) -> None:
    """Blocks without contents where the system can (macOS cannot): nothing is written, the space is taken."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, b"\0" * (size - os.fstat(descriptor).st_size))
