"""The traffic under which drills run, and what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proof.ledger.rows import Row
from stackctl.drills.environment import Sent, environment

RATE = 20
SLOW_MS = 1_000.0


class Traffic:
    def __init__(self, run: Sent) -> None:
        self.pid = run.pid
        self._run = run

    def first_bad(self, since: float) -> Row | None:
        """The first request sent from then on that failed, was refused, or was slow."""
        bad = (row for row in self._rows(since) if not row.as_expected or row.latency_ms > SLOW_MS)
        return min(bad, key=lambda row: row.done_at, default=None)

    def bad_share(self, since: float) -> float:
        rows = self._rows(since)
        return sum(not row.as_expected or row.latency_ms > SLOW_MS for row in rows) / max(1, len(rows))

    def _rows(self, since: float) -> list[Row]:
        return [row for row in self._run.rows() if row.sent_at >= since]


@contextmanager
def sent() -> Iterator[Traffic]:
    """Mixed traffic from here to the end of the block."""
    with environment().sent(RATE) as run:
        yield Traffic(run)
