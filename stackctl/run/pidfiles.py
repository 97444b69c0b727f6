"""What `up` writes down about every process that it starts, and how such a process is known again later."""

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from stackctl.paths import pids_dir
from stackctl.run.components import Tier
from stackctl.system import atomic_write

# A process's start is reckoned from the boot time, which can move by a second when the clock is set.
CLOCK_JITTER_SECONDS = 2.0


@dataclass(frozen=True)
class Record:
    """A process that `up` started. Pid and start time together name it, even after the pid was reused."""

    name: str
    pid: int
    create_time: float
    started_at: float
    argv: tuple[str, ...]
    fingerprint: str
    source: str
    tier: Tier
    stop_signal: int = signal.SIGTERM

    @property
    def uptime_seconds(self) -> float:
        return time.time() - self.started_at


def write(record: Record) -> None:
    atomic_write.write(_path(record.name), json.dumps(asdict(record), indent=2))


def read(name: str) -> Record | None:
    """None when there is no such file or it is broken: the process is found by its mark then."""
    try:
        fields = json.loads(_path(name).read_text(encoding="utf-8"))
        return Record(**fields | {"argv": tuple(fields["argv"]), "tier": Tier(fields["tier"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_all() -> Iterator[Record]:
    for path in sorted(pids_dir().glob("*.json")):
        if record := read(path.stem):
            yield record


def remove(name: str) -> None:
    _path(name).unlink(missing_ok=True)


def remove_all() -> None:
    for path in pids_dir().glob("*"):
        path.unlink(missing_ok=True)


def process_of(record: Record) -> psutil.Process | None:
    """The process that was recorded, or None when it has ended (a zombie has) or the pid is another's now."""
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.create_time) <= CLOCK_JITTER_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def running(name: str) -> Record | None:
    """The record of a component that is alive."""
    record = read(name)
    return record if record and process_of(record) else None


def exit_code(pid: int) -> int | None:
    """Reap a child of ours that has ended and say how (negative: by this signal); None when unknown."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if ended else None


def _path(name: str) -> Path:
    return pids_dir() / f"{name}.json"
