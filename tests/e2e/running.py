"""The stack's processes, to be killed."""

import os
import signal

import psutil

from stackctl.run import pidfiles


def pids() -> dict[str, int]:
    return {record.name: record.pid for record in pidfiles.read_all()}


def kill(name: str) -> None:
    process = psutil.Process(pids()[name])
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
