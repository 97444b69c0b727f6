"""`./stack traffic` in a process of its own, beside what a command does; its run can be verified as any."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stackctl.errors import StackError
from stackctl.paths import ROOT, runs_dir
from stackctl.system.interrupts import uninterrupted
from stackctl.system.polling import NotYet, poll_until

# Shorter than access tokens live: nobody is refused for that.
LONGEST = "14m"

_STARTED_WITHIN_SECONDS = 90.0
_ENDED_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Beside:
    pid: int
    ledger: Path


@contextmanager
def sent_beside(rate: float, log: Path, options: Sequence[str] = ()) -> Iterator[Beside]:
    """From its first request to the end of the block. StackError says why nothing can be sent."""
    arguments = ("traffic", "--rate", f"{rate:g}", "--duration", LONGEST, "--no-freshness", *options)
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.time()
    with log.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "stackctl", *arguments),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: we end it in order
        )
    try:
        ledger = poll_until(
            lambda: _ledger(process, began, log), "the first request", _STARTED_WITHIN_SECONDS
        )
        yield Beside(process.pid, ledger)
    finally:
        with uninterrupted():
            _end(process)


def _ledger(process: subprocess.Popen[bytes], began: float, log: Path) -> Path | NotYet:
    """The ledger of its run, as soon as a request is in it."""
    if process.poll() is not None:
        raise StackError("the traffic could not be sent.", log.read_text(encoding="utf-8").strip())
    ledgers = [path for path in runs_dir().glob("*/ledger.jsonl") if path.stat().st_ctime >= began]
    under_way = [path for path in ledgers if path.stat().st_size]
    return under_way[-1] if under_way else NotYet("it signs its clients in")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_ENDED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
