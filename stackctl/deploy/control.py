"""One deploy at a time: who is at it holds a lock, and can be told to stop."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.system import atomic_write

_STOPPED_WITHIN_SECONDS = 90.0


@contextmanager
def deploying() -> Iterator[None]:
    """Raise when another command deploys something on this stack."""
    lock = FileLock(_lock_file())
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StackError(
            f"another deploy is at work{_pid_text()}.",
            "./stack deploy status shows it; Ctrl-C there, or ./stack deploy rollback, ends it.",
        ) from error
    try:
        atomic_write.write(_pid_file(), str(os.getpid()))
        yield
    finally:
        _pid_file().unlink(missing_ok=True)
        lock.release()


def is_deploying() -> bool:
    lock = FileLock(_lock_file())
    with suppress(Timeout):
        lock.acquire(timeout=0)
        lock.release()
        return False
    return True


def stop_other() -> None:
    """Tell the command that is at work to roll back, and wait until it has."""
    with suppress(OSError, ValueError):
        os.kill(int(_pid_file().read_text(encoding="utf-8")), signal.SIGTERM)
    lock = FileLock(_lock_file())
    try:
        lock.acquire(timeout=_STOPPED_WITHIN_SECONDS)
    except Timeout as error:
        raise StackError(f"the other deploy{_pid_text()} does not end.") from error
    lock.release()


def _pid_text() -> str:
    with suppress(OSError):
        return f" (pid {_pid_file().read_text(encoding='utf-8')})"
    return ""


def _lock_file() -> Path:
    return state_dir() / "deploy.lock"


def _pid_file() -> Path:
    return state_dir() / "deploy.pid"
