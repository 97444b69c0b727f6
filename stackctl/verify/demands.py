"""What each row of the ledger demands of the backends, and what it merely allows."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from stackctl.expectations import ANY_STATUS, Call, Served
from stackctl.traffic.ledger import Row

T = TypeVar("T", Call, Served)


def demanded_calls(row: Row) -> Counter[Call]:
    """Every call that must be seen: all of the kind's, or only the entry when the answer was unexpected."""
    if row.status is None:
        return Counter()
    if row.as_expected:
        return Counter(row.expected_kind.calls(row.status))
    return Counter([row.expected_kind.entry(row.status)])


def tolerated_calls(row: Row) -> Counter[Call]:
    """Calls that may have happened or not, with any status, because no answer or another answer came."""
    if row.as_expected:
        return Counter()
    entry, *downstream = row.expected_kind.calls(ANY_STATUS)
    possible = downstream if row.answered else [entry, *downstream]
    return Counter(call.with_any_status() for call in possible)


def served(calls: Iterable[Call]) -> Counter[Served]:
    """The same calls as their services show them."""
    return Counter(call.served for call in calls)


def compare(demanded: Counter[T], tolerated: Counter[T], found: Counter[T]) -> tuple[Counter[T], Counter[T]]:
    """Return what is missing and what is too much, each with its count."""
    left = Counter(tolerated)
    too_much: Counter[T] = Counter()
    for item, amount in (found - demanded).items():
        allowed = min(amount, left[item.with_any_status()])
        left[item.with_any_status()] -= allowed
        too_much[item] = amount - allowed
    return demanded - found, +too_much
