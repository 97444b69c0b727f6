"""The traffic under which drills run: `./stack traffic` in a process of its own, and what became of it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from stackctl.drill import journal
from stackctl.errors import StackError
from stackctl.paths import ROOT, runs_dir
from stackctl.polling import NotYet, poll_until
from stackctl.traffic.ledger import Row, read_ledger

RATE: Final = 20
# Shorter than access tokens live: nobody is refused for that.
LONGEST: Final = "14m"
SLOW_MS: Final = 1_000.0

_STARTED_WITHIN_S: Final = 90.0
_ENDED_WITHIN_S: Final = 20.0


class Traffic:
    def __init__(self, process: subprocess.Popen[bytes], ledger: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._ledger = ledger

    def first_bad(self, since: float) -> Row | None:
        """The first request sent from then on that failed, was refused, or was slow."""
        bad = (row for row in self._rows(since) if not row.as_expected or row.latency_ms > SLOW_MS)
        return min(bad, key=lambda row: row.done_at, default=None)

    def bad_share(self, since: float) -> float:
        rows = self._rows(since)
        return sum(not row.as_expected or row.latency_ms > SLOW_MS for row in rows) / max(1, len(rows))

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _rows(self, since: float) -> list[Row]:
        return [row for row in read_ledger(self._ledger) if row.sent_at >= since]


@contextmanager
def sent() -> Iterator[Traffic]:
    """Mixed traffic from here to the end of the block. Ctrl-C is for us: we end it in order."""
    journal.folder().mkdir(parents=True, exist_ok=True)
    log = journal.folder() / "traffic.log"
    arguments = ("traffic", "--rate", str(RATE), "--duration", LONGEST, "--no-freshness")
    began = time.time()
    with log.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "stackctl", *arguments),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    traffic = None
    try:
        traffic = Traffic(
            process, poll_until(lambda: _ledger(process, began, log), "the traffic", _STARTED_WITHIN_S)
        )
        yield traffic
    finally:
        (traffic or Traffic(process, log)).stop()


def _ledger(process: subprocess.Popen[bytes], began: float, log: Path) -> Path | NotYet:
    if process.poll() is not None:
        raise StackError("the traffic could not be sent.", log.read_text(encoding="utf-8").strip())
    runs = [path for path in runs_dir().glob("*/ledger.jsonl") if path.stat().st_ctime >= began]
    return runs[-1] if runs else NotYet("no request yet")
