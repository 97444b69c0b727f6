"""Finds every process that belongs to the stack, and ends processes: asked politely first."""

import os
import signal
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

import psutil

from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.run import pidfiles

# Every process of a stack has these in its environment, its children too: that is how all are found.
STATE_MARK = "GLASSHOUSE_STATE_DIR"
COMPONENT_MARK = "GLASSHOUSE_COMPONENT"


def marked(names: Collection[str] | None = None) -> dict[psutil.Process, str]:
    """Every living process of this stack (of these components only) and its component, pid file or none."""
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = {
        process: _component_of(process) for process in psutil.process_iter() if process.pid not in spared
    }
    return {process: name for process, name in found.items() if name and (names is None or name in names)}


def family(leader: psutil.Process, name: str) -> set[psutil.Process]:
    """A component's leader and all that belongs to it: its session, and whoever bears its mark."""
    session = {process for process in psutil.process_iter() if _session_of(process) == leader.pid}
    return session | set(marked({name}))


def wait_gone(
    processes: Iterable[psutil.Process],
    within: float,
    on_gone: Callable[[psutil.Process], None] = lambda process: None,
) -> list[psutil.Process]:
    """Wait until they have ended, at most so many seconds, and return those that have not."""
    deadline = time.monotonic() + within
    left = list(processes)
    while left:
        for process in [process for process in left if is_gone(process)]:
            left.remove(process)
            on_gone(process)
        if not left or time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    return left


def is_gone(process: psutil.Process) -> bool:
    """A zombie is gone too: nobody may ever reap it where process 1 is no init."""
    pidfiles.exit_code(process.pid)
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end(processes: Collection[psutil.Process], within: float) -> None:
    """TERM for all, KILL for those that are still there after so many seconds."""
    for process in processes:
        terminate(process)
    kill(wait_gone(processes, within))


def terminate(process: psutil.Process, number: int = signal.SIGTERM) -> None:
    """Ask it to end, by the signal that it understands so."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied as error:
        raise StackError(
            f"pid {process.pid} of this stack runs as another user.", "Stop it as that user."
        ) from error


def kill(processes: Collection[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_gone(processes, within=5)


def _component_of(process: psutil.Process) -> str | None:
    try:
        environment = process.environ()
    except psutil.Error:
        return None
    return environment.get(COMPONENT_MARK) if environment.get(STATE_MARK) == str(state_dir()) else None


def _session_of(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except OSError:
        return None
