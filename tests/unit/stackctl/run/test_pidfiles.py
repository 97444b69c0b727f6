"""Pid files: written whole, read only when whole, and never mistaken for somebody else's process."""

import os
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from stackctl.paths import pids_dir
from stackctl.run import pidfiles
from stackctl.run.components import Tier


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


@pytest.fixture
def record() -> pidfiles.Record:
    """Of the process that runs this test."""
    return pidfiles.Record(
        name="users",
        pid=os.getpid(),
        create_time=psutil.Process().create_time(),
        started_at=1_795_000_000.0,
        argv=("python", "-m", "pytest"),
        fingerprint="abc",
        source="PATH",
        tier=Tier.SERVICE,
    )


def test_what_was_written_is_read_again(record: pidfiles.Record) -> None:
    pidfiles.write(record)

    assert pidfiles.read("users") == record
    assert list(pidfiles.read_all()) == [record]


def test_nothing_else_is_left_in_the_folder(record: pidfiles.Record) -> None:
    pidfiles.write(record)

    assert [path.name for path in pids_dir().iterdir()] == ["users.json"]


def test_without_a_file_nothing_runs() -> None:
    assert pidfiles.read("users") is None
    assert pidfiles.running("users") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "users"}', '{"argv": [], "tier": 9}'])
def test_a_broken_file_counts_as_none(record: pidfiles.Record, content: str) -> None:
    pidfiles.write(record)
    (pids_dir() / "users.json").write_text(content)

    assert pidfiles.read("users") is None


def test_a_living_process_that_started_when_recorded_is_ours(record: pidfiles.Record) -> None:
    pidfiles.write(record)

    assert pidfiles.running("users") == record


def test_a_process_that_started_at_another_time_is_not_ours(record: pidfiles.Record) -> None:
    pidfiles.write(replace(record, create_time=record.create_time - 60))

    assert pidfiles.running("users") is None


def test_a_correction_of_the_clock_does_not_disown_a_process(record: pidfiles.Record) -> None:
    pidfiles.write(replace(record, create_time=record.create_time - 1))

    assert pidfiles.running("users") is not None


def test_a_zombie_does_not_run(record: pidfiles.Record) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    zombie = psutil.Process(pid)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    pidfiles.write(replace(record, pid=pid, create_time=zombie.create_time()))

    assert pidfiles.running("users") is None
    assert pidfiles.exit_code(pid) == 3


def test_how_a_stranger_ended_is_unknown() -> None:
    assert pidfiles.exit_code(1) is None
