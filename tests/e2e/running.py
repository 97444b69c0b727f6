"""The stack's processes, to be killed."""

import os
import signal

import psutil

from stackctl.run import pidfiles


def pids() -> dict[str, int]:
    return {record.name: record.pid for record in pidfiles.read_all()}


def kill_with_workers(name: str) -> None:
    """The workers of a server whose master alone is killed notice, and end in an orderly way."""
    process = psutil.Process(pids()[name])
    processes = [process, *process.children(recursive=True)]
    for each in processes:
        each.kill()
    psutil.wait_procs(processes, timeout=10)


def kill(name: str) -> None:
    process = psutil.Process(pids()[name])
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
