"""What each row of the ledger demands of the backends, and what it merely allows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from proof.expectations import Call, Served
from proof.ledger.rows import Row
from proof.verify.findings import Defect
from proof.verify.restarts import Restarts

T = TypeVar("T", Call, Served)

# Every call that a request makes when it is answered as it was, the entry first.
CallsOf = Callable[[Row], Sequence[Call]]

# How often a call may be made for a request that met a service which was being killed: as often as the
# gateway tries.
_TRIES = 3


@dataclass(frozen=True)
class ExpectedCalls:
    """What one trace must show, and what it may show beside that; the status of what it may is open.

    `root` is the id of its root span. Of what is `excused`, anything may be lost with a process that was
    killed; what is not `owed` may be there, whole or in part, or not at all.
    """

    label: str
    trace_id: str
    root: str
    calls: Counter[Call]
    allowed: Counter[Call]
    excused: bool = False
    owed: bool = True

    @property
    def lacking(self) -> Defect:
        """What it is when something of it is not there."""
        return Defect.LOST if self.excused else Defect.MISSING


def expected_calls_of(row: Row, calls_of: CallsOf, restarts: Restarts) -> ExpectedCalls:
    """An unexpected answer demands only the entry, no answer nothing."""
    label = f"{row.kind} {row.trace_id}"
    entry, *downstream = calls_of(row)
    services = {entry.callee, *(call.callee for call in downstream)}
    killed = restarts.during(services, row.sent_at, row.done_at)
    tries = _TRIES if killed else 1
    if row.status is None:
        calls, allowed = Counter[Call](), _any(entry, *downstream * tries)
    elif not row.as_expected:
        calls, allowed = Counter([entry]), _any(*downstream * tries)
    else:
        calls, allowed = Counter([entry, *downstream]), _any(*downstream * (tries - 1))
    owed = row.status is not None
    return ExpectedCalls(label, row.trace_id, row.span_id, calls, allowed, killed, owed)


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
