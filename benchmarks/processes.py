"""The processes of a benchmark: pinned to their cores, ended at its end, read from /proc."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from stackctl.errors import StackError

ROOT = Path(__file__).resolve().parent.parent


class Process:
    """One program on one core; what it writes goes to a file."""

    def __init__(self, core: int, argv: Sequence[str], environment: Mapping[str, str], output: Path) -> None:
        with output.open("wb") as file:
            self._child = subprocess.Popen(
                ["taskset", "-c", str(core), *argv],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
                cwd=output.parent,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._output = output

    def wait_until(self, url: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while True:
            with suppress(OSError):
                urllib.request.urlopen(url, timeout=2).close()
                return
            if self._child.poll() is not None or time.monotonic() > deadline:
                tail = self._output.read_text(errors="replace")[-2000:]
                raise SystemExit(f"benchmark: {url} does not answer:\n{tail}")
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """Of the worker where there is one: gunicorn's master does no work."""
        children = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children").read_text().split()
        return int(children[-1]) if children else self._child.pid

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


def cpu_microseconds(pid: int) -> float:
    """User and system time of all its threads, to the nanosecond."""
    times = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in times) / 1e3


def resident_megabytes(pid: int) -> float:
    return _megabytes(pid, "VmRSS")


def peak_megabytes(pid: int) -> float:
    return _megabytes(pid, "VmHWM")


def _megabytes(pid: int, what: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith(what))
    return int(kilobytes) / 1024


@contextmanager
def plain_errors() -> Iterator[None]:
    """What is wrong with the stack, without a stack trace."""
    try:
        yield
    except (StackError, requests.RequestException) as error:
        hint = getattr(error, "hint", None) or "Does the stack run? ./stack status"
        raise SystemExit(f"benchmark: {error}\n{hint}") from None


def sample(url: str, name: str) -> float:
    """The sum of the samples whose name and labels begin so, at a Prometheus endpoint."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
