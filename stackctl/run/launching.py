"""Starts a component as a process of its own session that outlives us, with its output in its log."""

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from stackctl.errors import StackError
from stackctl.paths import data_dir, logs_dir, state_dir
from stackctl.run import pidfiles
from stackctl.run.components import Component
from stackctl.run.processes import COMPONENT_MARK, STATE_MARK

# The line in a log where a new start begins.
LOG_HEADER = "--- started"

# All that a component inherits from the shell, so that a stack is the same whoever starts it.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")


def launch(component: Component) -> pidfiles.Record:
    """Start it so that it outlives us, its output appended to its log; write down how to find it again."""
    data_dir(component.name).mkdir(parents=True, exist_ok=True)
    child = _spawn(component)
    record = pidfiles.Record(
        name=component.name,
        pid=child.pid,
        create_time=psutil.Process(child.pid).create_time(),
        started_at=time.time(),
        argv=component.argv,
        fingerprint=component.fingerprint(),
        source=component.source,
        tier=component.tier,
        stop_signal=component.stop_signal,
    )
    pidfiles.write(record)
    child.returncode = 0  # Popen is not to wait for it: from here on it is known by its record.
    return record


def private(path: str, flags: int) -> int:
    """Opens a file that nobody else may read: what clients send is in it."""
    return os.open(path, flags, 0o600)


def log_path(name: str) -> Path:
    return logs_dir() / f"{name}.log"


def _spawn(component: Component) -> subprocess.Popen[bytes]:
    logs_dir().mkdir(parents=True, exist_ok=True)
    with open(log_path(component.name), "ab", buffering=0, opener=private) as log:
        log.write(f"{LOG_HEADER} {_now()} {' '.join(component.argv)}\n".encode())
        try:
            return subprocess.Popen(
                component.argv,
                cwd=component.folder,
                env=_environment(component),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=component.account,
                group=component.account,
                extra_groups=[] if component.account else None,
            )
        except OSError as error:
            raise StackError(f"{component.name}: cannot run {component.argv[0]}: {error.strerror}") from error


def _environment(component: Component) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, **component.env, STATE_MARK: str(state_dir()), COMPONENT_MARK: component.name}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
