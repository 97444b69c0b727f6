"""The events that services tell each other: where they are published, from which queues they are handled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proof.ledger.runs import Run
from stackctl.shop_scenarios.kinds import OrderOutcome


class SagaMode(StrEnum):
    """Who sees to it that an order is paid and its stock reserved."""

    CHOREOGRAPHY = "choreography"
    ORCHESTRATION = "orchestration"


def saga_mode_of(run: Run) -> SagaMode:
    return SagaMode(run.details.get("saga_mode", SagaMode.CHOREOGRAPHY))


@dataclass(frozen=True)
class Event:
    """`queues` are those whose consumers handle it; others that get it acknowledge it."""

    exchange: str
    queues: tuple[str, ...] = ()


# Who publishes to an exchange, and who consumes a queue.
EXCHANGES: Mapping[str, str] = {
    "user_events": "users",
    "order_events": "orders",
    "payment_requests": "orders",
    "payment_events": "payments",
    "stock_events": "inventory",
}
QUEUES: Mapping[str, str] = {
    "order_history": "orders",
    "orders": "orders",
    "payments": "payments",
    "inventory": "inventory",
    "notifications": "notifications",
}

_EVERYBODY = ("order_history", "payments", "inventory", "notifications")

EVENTS: Mapping[str, Event] = {
    "UserRegistered": Event("user_events", ("notifications",)),
    "OrderPlaced": Event("order_events", ("order_history",)),
    "OrderConfirmed": Event("order_events", _EVERYBODY),
    "OrderCancelled": Event("order_events", _EVERYBODY),
    "OrderShipped": Event("order_events", ("order_history",)),
    "PaymentRequested": Event("payment_requests", ("payments",)),
    "PaymentAuthorized": Event("payment_events", ("orders", "inventory")),
    "PaymentDeclined": Event("payment_events", ("orders",)),
    "PaymentCaptured": Event("payment_events"),
    "PaymentReturned": Event("payment_events", ("orders",)),
    "StockReserved": Event("stock_events", ("orders",)),
    "StockRejected": Event("stock_events", ("orders",)),
    "StockSold": Event("stock_events"),
    "StockReleased": Event("stock_events", ("orders",)),
}

_CONFIRMED = ("PaymentAuthorized", "StockReserved", "OrderConfirmed", "PaymentCaptured", "StockSold")
_GIVEN_BACK = ("OrderCancelled", "PaymentReturned", "StockReleased")

# What is told about an order until its saga has ended.
_EVENTS_OF_ORDER: Mapping[OrderOutcome, Sequence[str]] = {
    OrderOutcome.CONFIRMED: ("OrderPlaced", "PaymentRequested", *_CONFIRMED),
    OrderOutcome.PAYMENT_DECLINED: ("OrderPlaced", "PaymentRequested", "PaymentDeclined", *_GIVEN_BACK),
    OrderOutcome.OUT_OF_STOCK: (
        "OrderPlaced",
        "PaymentRequested",
        "PaymentAuthorized",
        "StockRejected",
        *_GIVEN_BACK,
    ),
}


def events_of_order(order_outcome: OrderOutcome, mode: SagaMode) -> Sequence[str]:
    """A coordinator asks instead of telling: then only what becomes of the order itself is told."""
    if mode is SagaMode.CHOREOGRAPHY:
        return _EVENTS_OF_ORDER[order_outcome]
    return [event for event in _EVENTS_OF_ORDER[order_outcome] if EVENTS[event].exchange == "order_events"]


def event_edges(order_outcome: OrderOutcome, mode: SagaMode) -> frozenset[tuple[str, str]]:
    """Who tells whom about such an order."""
    return frozenset(
        (EXCHANGES[EVENTS[event].exchange], QUEUES[queue])
        for event in events_of_order(order_outcome, mode)
        for queue in queues_of(event, mode)
    )


def queues_of(event: str, mode: SagaMode) -> Iterator[str]:
    """Where a coordinator asks, payments and inventory react to no event."""
    for queue in EVENTS[event].queues:
        if mode is SagaMode.CHOREOGRAPHY or queue in ("order_history", "notifications"):
            yield queue
