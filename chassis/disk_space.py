"""Room on the file system where a service keeps its data, read when the metrics are scraped."""

import os
from pathlib import Path

from prometheus_client import Gauge

free = Gauge("data_filesystem_free_bytes", "Free to this service on the file system of its data.")
size = Gauge("data_filesystem_size_bytes", "Size of the file system of its data.")


def watch(folder: Path) -> None:
    """From now on. Where the folder is not there yet, the file system is that of the nearest one above it."""
    free.set_function(lambda: _measured(folder).f_bavail * _measured(folder).f_frsize)
    size.set_function(lambda: _measured(folder).f_blocks * _measured(folder).f_frsize)


def _measured(folder: Path) -> os.statvfs_result:
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
    return os.statvfs(there)
