"""The rules of the saga: what a step's outcome means for its order, whoever takes the steps.

An order is paid for, then its stock is reserved, then it is CONFIRMED. What goes wrong before that ends it
as CANCELLED, and what was done is given back. Each outcome may be reported twice, late or in disorder:
the first that decides the order has the last word, and giving back also stands against what comes after it.
"""

from collections.abc import Mapping
from enum import StrEnum

from apps.orders import metrics
from apps.orders.order import TRANSITIONS, Reason, Status, Transitions
from apps.orders.orders import Repository, change, existing
from chassis.saga_mode import Mode


class Step(StrEnum):
    """What an order waits for. In choreography the last four belong to the other services alone."""

    AUTHORIZE = "authorize"
    RESERVE = "reserve"
    CAPTURE = "capture"
    SELL = "sell"
    GIVE_BACK = "give_back"
    RELEASE = "release"
    DONE = "done"


# Only an order that is PENDING waits for these; later steps never cancel it.
UNDECIDED = frozenset({Step.AUTHORIZE, Step.RESERVE})

# The step with which the saga goes on from a status: DONE where the other services go on by themselves.
NEXT: Mapping[Mode, Mapping[Status, Step]] = {
    Mode.CHOREOGRAPHY: {Status.CONFIRMED: Step.DONE, Status.CANCELLED: Step.DONE},
    Mode.ORCHESTRATION: {Status.CONFIRMED: Step.CAPTURE, Status.CANCELLED: Step.GIVE_BACK},
}

# What a client may ask for. Where a saga confirms orders, nobody else does: they cannot know what is paid.
_BESIDE_A_SAGA: Transitions = {**TRANSITIONS, Status.PENDING: frozenset({Status.CANCELLED})}
ALLOWED: Mapping[Mode, Transitions] = {
    Mode.OFF: TRANSITIONS,
    Mode.CHOREOGRAPHY: _BESIDE_A_SAGA,
    Mode.ORCHESTRATION: _BESIDE_A_SAGA,
}


class Saga:
    def __init__(self, orders: Repository) -> None:
        self._orders = orders

    def payment_declined(self, order_id: str) -> None:
        self._decide(order_id, Status.CANCELLED, Reason.PAYMENT_DECLINED)

    def stock_reserved(self, order_id: str) -> None:
        self._decide(order_id, Status.CONFIRMED)

    def stock_rejected(self, order_id: str) -> None:
        self._decide(order_id, Status.CANCELLED, Reason.OUT_OF_STOCK)

    def timed_out(self, order_id: str) -> None:
        self._decide(order_id, Status.CANCELLED, Reason.TIMED_OUT)

    def payment_given_back(self, cents: int) -> None:
        if cents:
            self._orders.when_committed(metrics.compensations.labels("payment").inc)

    def stock_released(self, units: int) -> None:
        if units:
            self._orders.when_committed(metrics.compensations.labels("stock").inc)

    def _decide(self, order_id: str, status: Status, reason: Reason | None = None) -> None:
        """Nothing when somebody has decided already: it leaves PENDING once, so this comes to an end."""
        while (order := existing(self._orders, order_id)).status is Status.PENDING:
            if change(self._orders, order, status, reason) is not None:
                return
