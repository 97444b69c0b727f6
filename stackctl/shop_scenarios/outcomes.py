"""Outcomes: what the shop says became of the run's orders, in orders, money, stock and mails."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proof.verify.findings import Check, Defect, Finding, check_of
from proof.verify.retry_until_complete import Checks
from stackctl import ports
from stackctl.settings import credentials
from stackctl.shop_scenarios import OrderOutcome
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes

SIGNAL = "outcomes"

_CANCELLED = "CANCELLED"
# CONFIRMED, and what may come after it.
_PAID = ("CONFIRMED", "SHIPPED", "DELIVERED")


@dataclass(frozen=True)
class Order:
    """As its service has it."""

    order_id: str
    status: str
    reason: str | None
    units: int
    total_cents: int

    @property
    def is_paid(self) -> bool:
        return self.status in _PAID

    def has_met(self, order_outcome: OrderOutcome) -> bool:
        return (
            self.is_paid
            if order_outcome is OrderOutcome.CONFIRMED
            else (self.status, self.reason) == (_CANCELLED, order_outcome)
        )

    def __str__(self) -> str:
        return f"{self.status} {self.reason or ''}".rstrip()


@dataclass(frozen=True)
class Email:
    """A mail by whom it went to, and the order that it is about, if it is about one."""

    recipient: str
    order_id: str

    def __str__(self) -> str:
        return f"about order {self.order_id}" if self.order_id else "of welcome"


def reconcile_orders(outcomes: ExpectedOutcomes, found: Mapping[str, Order]) -> Checks:
    """Every order that was accepted is there with its expected outcome; none is there that nobody placed."""
    absent = [order_id for order_id in outcomes.orders if order_id not in found]
    extra = [order_id for order_id in found if order_id not in outcomes.orders][outcomes.unsure :]
    amounts = [(1, _order_finding(Defect.MISSING, order_id, "there is no such order")) for order_id in absent]
    amounts += [(1, _order_finding(Defect.DUPLICATED, order_id, "nobody placed it")) for order_id in extra]
    placed = check_of(SIGNAL, "orders placed", len(outcomes.orders), amounts)
    return (placed, *(_reconcile_outcome(order_outcome, outcomes, found) for order_outcome in OrderOutcome))


def reconcile_money(cents_due: int, captured: int) -> Check:
    """What customers owe for their orders is what was taken from their cards."""
    return check_of(
        SIGNAL, "cents captured", cents_due, _difference("money", cents_due, captured, "payments")
    )


def reconcile_stock(units_due: int, sold: int, left_reserved: int, perhaps: int = 0) -> Check:
    """What was ordered has left the stock, and nothing is held for orders that are over.

    Of the orders of others, `perhaps` units may have been held or sold at that moment, or not.
    """
    amounts = [
        *_difference("units sold", units_due, _without(perhaps, sold, units_due), "inventory"),
        *_difference("units held for nobody", 0, _without(perhaps, left_reserved, 0), "inventory"),
    ]
    return check_of(SIGNAL, "units sold", units_due, amounts)


def _without(perhaps: int, found: int, due: int) -> int:
    """What was found less what is too much and may be that of others."""
    return found if found < due else max(due, found - perhaps)


def _difference(what: str, due: int, found: int, service: str) -> Iterator[tuple[int, Finding]]:
    """Other runs at the same time would count, too."""
    if due != found:
        defect = Defect.MISSING if found < due else Defect.DUPLICATED
        yield (
            abs(due - found),
            Finding(defect, what, f"{found:,} instead of {due:,}", f"./stack logs {service}"),
        )


def reconcile_emails(demanded: Counter[Email], allowed: Counter[Email], found: Counter[Email]) -> Check:
    amounts = [*_emails(Defect.MISSING, demanded - found)]
    amounts += _emails(Defect.DUPLICATED, found - demanded - allowed)
    return check_of(SIGNAL, "mails", demanded.total(), amounts)


def _reconcile_outcome(
    order_outcome: OrderOutcome, outcomes: ExpectedOutcomes, found: Mapping[str, Order]
) -> Check:
    due = [order_id for order_id, expected in outcomes.orders.items() if expected is order_outcome]
    others = (
        found[order_id]
        for order_id in due
        if order_id in found and not found[order_id].has_met(order_outcome)
    )
    amounts = [(1, _order_finding(Defect.MISSING, order.order_id, f"it is {order}")) for order in others]
    name = (
        "orders confirmed"
        if order_outcome is OrderOutcome.CONFIRMED
        else f"orders cancelled: {order_outcome}"
    )
    return check_of(SIGNAL, name, len(due), amounts)


def _order_finding(defect: Defect, order_id: str, detail: str) -> Finding:
    token = f'-H "X-Service-Token: $(cat {credentials.file(credentials.SERVICE_TOKEN)})"'
    query = f"curl -s {token} {ports.url(ports.SERVICES['orders'], f'/orders/{order_id}')}"
    return Finding(defect, f"order {order_id}", detail, query)


def _emails(defect: Defect, letters: Counter[Email]) -> Iterator[tuple[int, Finding]]:
    for letter, amount in letters.items():
        query = f"./stack mail --json | grep {letter.recipient}"
        yield amount, Finding(defect, letter.recipient, f"{amount} mail {letter}", query)
