"""What a run comes to, from its rows alone: rate, statuses by kind, percentiles of the waiting."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proof.ledger.rows import Row
from proof.ledger.runs import Run

QUANTILES = (0.5, 0.9, 0.95, 0.99, 1.0)

# A request that leaves this much after its time was held up by the sender, not by the service.
LATE_SECONDS = 0.05


@dataclass(frozen=True)
class Summary:
    """Latencies are in milliseconds, one per quantile of QUANTILES.

    `latency` counts from the time at which a request was meant to be sent: a service that stalls is charged
    for all who had to wait (corrected for coordinated omission). `service_time` counts from the sending.
    """

    sent: int
    answered: int
    unexpected: int
    late: int
    rate_asked: float
    rate_reached: float
    statuses: dict[str, Counter[str]]
    # Of these, by kind, those that were not expected.
    troubles: dict[str, frozenset[str]]
    latency: tuple[float, ...]
    service_time: tuple[float, ...]

    @property
    def unanswered(self) -> int:
        return self.sent - self.answered


def percentile(ordered: Sequence[float], quantile: float) -> float:
    """Return the smallest value that at least this share of all values does not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(quantile * len(ordered)) - 1)] if ordered else math.nan


def summarise(run: Run, rows: Sequence[Row]) -> Summary:
    answered = [row for row in rows if row.answered]
    return Summary(
        sent=len(rows),
        answered=len(answered),
        unexpected=sum(not row.as_expected for row in answered),
        late=sum(row.sent_at - row.intended_at > LATE_SECONDS for row in rows),
        rate_asked=run.rate,
        rate_reached=_rate(run, rows),
        statuses=_statuses(rows),
        troubles={
            kind: frozenset(_outcome(row) for row in rows if row.kind == kind and not row.as_expected)
            for kind in {row.kind for row in rows}
        },
        latency=_quantiles(row.latency_ms for row in answered),
        service_time=_quantiles((row.done_at - row.sent_at) * 1000 for row in answered),
    )


def _rate(run: Run, rows: Sequence[Row]) -> float:
    """Requests per second over the time asked for, or longer when sending took longer, or until Ctrl-C."""
    if not rows:
        return 0.0
    last_sent = max(row.sent_at for row in rows) - run.started_at
    seconds = last_sent if run.interrupted else max(run.duration, last_sent)
    return len(rows) / seconds if seconds > 0 else 0.0


def _statuses(rows: Iterable[Row]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.kind, Counter())[_outcome(row)] += 1
    return dict(sorted(counts.items()))


def _outcome(row: Row) -> str:
    return str(row.status) if row.answered else "no answer"


def _quantiles(values: Iterable[float]) -> tuple[float, ...]:
    ordered = sorted(values)
    return tuple(percentile(ordered, quantile) for quantile in QUANTILES)
