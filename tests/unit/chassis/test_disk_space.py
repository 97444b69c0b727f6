"""The room that is left for a service's data."""

import os
from pathlib import Path

from prometheus_client import REGISTRY

from chassis import disk_space


def test_the_file_system_is_that_of_the_folder_also_before_there_is_one(tmp_path: Path) -> None:
    disk_space.watch(tmp_path / "not" / "there" / "yet")
    stat = os.statvfs(tmp_path)
    size = REGISTRY.get_sample_value("data_filesystem_size_bytes")
    free = REGISTRY.get_sample_value("data_filesystem_free_bytes")
    assert size == stat.f_blocks * stat.f_frsize
    assert free is not None and 0 < free <= size
