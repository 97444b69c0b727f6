"""Traffic beside a test, as a process of its own."""

import subprocess
import sys
import time
from dataclasses import dataclass

from proof.ledger.rows import read_ledger
from proof.ledger.runs import Run, load_run
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.system.polling import poll_until


@dataclass(frozen=True)
class Sending:
    process: subprocess.Popen[bytes]
    run: Run

    @property
    def over(self) -> bool:
        return time.time() > self.run.started_at + self.run.duration

    def let_pass(self, requests: int) -> None:
        """Wait until so many more were answered: that is what must survive, not a span of time."""
        wanted = self._answered() + requests
        poll_until(
            lambda: self._answered() >= wanted or self.over,
            f"{requests} more rows in the ledger of {self.run.run_id}",
            60,
        )

    def wait(self) -> int:
        return self.process.wait(timeout=180)

    def _answered(self) -> int:
        return sum(1 for _ in read_ledger(self.run.ledger))


def begin_traffic(rate: int, seconds: int, profile: str = "mixed") -> Sending:
    """Returns once its first request was answered."""
    before = _last_run()
    options = ["--rate", str(rate), "--duration", f"{seconds}s", "--seed", "7", "--profile", profile]
    command = [sys.executable, "-m", "stackctl", "traffic", *options, "--no-freshness"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)

    def begun() -> bool:
        run_id = _last_run()
        return run_id != before and load_run().ledger.exists() and any(read_ledger(load_run().ledger))

    poll_until(begun, "the first row of the ledger of ./stack traffic", 60)
    return Sending(process, load_run())


def _last_run() -> str:
    try:
        return load_run().run_id
    except StackError:
        return ""
