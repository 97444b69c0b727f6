"""What each row of the ledger demands of the backends, and what it merely allows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from stackctl.expectations import ANY_STATUS, Call, Served
from stackctl.traffic.ledger import Row
from stackctl.verify.restarts import Restarts

T = TypeVar("T", Call, Served)

# How often a call may be made for a request that met a service which was being killed: as often as the
# gateway tries.
_TRIES = 3


@dataclass(frozen=True)
class Demand:
    """What one trace must show, and what it may show beside that; the status of what it may is open.

    `root` is the id of its root span. What is `excused` may be there, whole or in part, or not at all.
    """

    label: str
    trace_id: str
    root: str
    calls: Counter[Call]
    allowed: Counter[Call]
    excused: bool = False


def demand_of(row: Row, restarts: Restarts) -> Demand:
    """An unexpected answer demands only the entry; no answer, or a service killed meanwhile, nothing."""
    label = f"{row.kind} {row.trace_id}"
    entry, *downstream = row.expected_kind.calls(ANY_STATUS if row.status is None else row.status)
    services = {entry.callee, *(call.callee for call in downstream)}
    if restarts.during(services, row.sent_at, row.done_at):
        return Demand(label, row.trace_id, row.span_id, Counter(), _any(entry, *downstream * _TRIES), True)
    if row.status is None:
        return Demand(label, row.trace_id, row.span_id, Counter(), _any(entry, *downstream), True)
    if not row.as_expected:
        return Demand(label, row.trace_id, row.span_id, Counter([entry]), _any(*downstream))
    return Demand(label, row.trace_id, row.span_id, Counter([entry, *downstream]), Counter())


def _any(*calls: Call) -> Counter[Call]:
    return Counter(call.with_any_status() for call in calls)


def served(calls: Iterable[Call]) -> Counter[Served]:
    """The same calls as their services show them."""
    return Counter(call.served for call in calls)


def compare(demanded: Counter[T], allowed: Counter[T], found: Counter[T]) -> tuple[Counter[T], Counter[T]]:
    """Return what is missing and what is too much, each with its count."""
    left = Counter(allowed)
    too_much: Counter[T] = Counter()
    for item, amount in (found - demanded).items():
        tolerated = min(amount, left[item.with_any_status()])
        left[item.with_any_status()] -= tolerated
        too_much[item] = amount - tolerated
    return demanded - found, +too_much
