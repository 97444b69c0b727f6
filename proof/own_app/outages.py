"""When processes of an app ended: what they had not handed over by then is lost with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from proof.ledger.rows import Row
from stackctl.query import Series

# The SDK of OpenTelemetry hands spans over every 5 s.
HANDOVER_SECONDS = 6.0

# Whoever was silent for so long, while others told how they stand, has ended.
_SILENT_SECONDS = 15.0

_BROKEN = ("ClientConnectorError", "ClientOSError", "ServerDisconnectedError", "ClientConnectionResetError")


@dataclass(frozen=True)
class Outage:
    """Seconds since the epoch: a process was seen last at `start`; at `end` it was surely gone, or back."""

    start: float
    end: float


@dataclass(frozen=True)
class Outages:
    all: Sequence[Outage] = ()

    def excuse(self, row: Row) -> bool:
        """Whether a process may have ended before it had handed over what it knew of this request."""
        return any(
            one.start - HANDOVER_SECONDS <= row.done_at and row.sent_at <= one.end + HANDOVER_SECONDS
            for one in self.all
        )


def find_outages(rows: Iterable[Row], series: Iterable[Series]) -> Outages:
    """By requests whose connection broke, and by counters that fell, or that nobody reports any more."""
    return Outages([*_in_ledger(rows), *_in_series(list(series))])


def _in_ledger(rows: Iterable[Row]) -> Iterable[Outage]:
    last_answer: float | None = None
    since: float | None = None
    for row in sorted(rows, key=lambda each: each.sent_at):
        if row.answered:
            if since is not None:
                yield Outage(since, row.sent_at)
            since, last_answer = None, row.done_at
        elif since is None and (row.error or "").startswith(_BROKEN):
            since = row.sent_at if last_answer is None else min(last_answer, row.sent_at)
    if since is not None:
        yield Outage(since, float("inf"))


def _in_series(series: Sequence[Series]) -> Iterable[Outage]:
    newest = max((one.samples[-1][0] for one in series if one.samples), default=0.0)
    for one in series:
        for (before, high), (after, low) in pairwise(one.samples):
            if low < high:
                yield Outage(before, after)
        times = [time for time, _ in one.samples]
        if times:
            spacing = median([later - earlier for earlier, later in pairwise(times)] or [_SILENT_SECONDS])
            if newest - times[-1] > max(_SILENT_SECONDS, 2 * spacing):
                yield Outage(times[-1], times[-1] + spacing)
