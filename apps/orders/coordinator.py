"""Orchestration: takes the steps of sagas one after the other, by calling the services that can.

Whoever claims a saga takes one step of it and writes down the outcome. When that fails, or the process dies,
somebody takes the step again later: every call takes effect once for an order, however often it is made.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from apps.orders import metrics
from apps.orders.order import Order
from apps.orders.orders import Repository, existing
from apps.orders.saga import Saga, Step
from apps.orders.saga_repository import Claim, SagaRepository
from chassis.errors import DatabaseUnavailable, UpstreamFailed
from chassis.events import Backoff
from chassis.saga_tracing import mark_failure, resume

logger = logging.getLogger(__name__)

# For what other processes, or those that died, have left due; this process wakes the coordinator itself.
POLL_S = 0.5
BACKOFF = Backoff(first_s=0.2, longest_s=10.0)


class Payments(Protocol):
    """All raise UpstreamFailed when they may be tried again."""

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> bool:
        """Whether the card pays."""

    def capture(self, order_id: str) -> None: ...

    def give_back(self, order_id: str) -> int:
        """How much that was, in cents."""


class Stock(Protocol):
    """All raise UpstreamFailed when they may be tried again."""

    def reserve(self, order_id: str, quantities: Mapping[str, int]) -> bool:
        """Whether all of it is there."""

    def sell(self, order_id: str) -> None: ...

    def release(self, order_id: str) -> int:
        """How many units that was."""


class Coordinator:
    """Several may work on one database; `lease` is longer than any step takes."""

    def __init__(
        self,
        orders: Repository,
        sagas: SagaRepository,
        payments: Payments,
        stock: Stock,
        lease: timedelta,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._orders = orders
        self._sagas = sagas
        self._saga = Saga(orders)
        self._payments = payments
        self._stock = stock
        self._lease = lease
        self._backoff = backoff
        self._work: Mapping[Step, Callable[[Claim, Order], None]] = {
            Step.AUTHORIZE: self._authorize,
            Step.RESERVE: self._reserve,
            Step.CAPTURE: self._capture,
            Step.SELL: self._sell,
            Step.GIVE_BACK: self._give_back,
            Step.RELEASE: self._release,
        }

    def step(self) -> float:
        """Take one step of one saga; the seconds to rest when there was none to take."""
        claim = self._sagas.claim(self._lease)
        if claim is None:
            return POLL_S
        attributes = {"order.id": claim.order_id, "saga.step": claim.step}
        resume(f"saga {claim.step}", claim.origin, attributes, lambda: self._take(claim))
        return 0.0

    def _take(self, claim: Claim) -> None:
        try:
            self._work[claim.step](claim, existing(self._orders, claim.order_id))
        except (UpstreamFailed, DatabaseUnavailable) as failure:
            delay_s = self._backoff.delay_s(claim.attempts)
            _note_failure(claim, failure, delay_s)
            self._sagas.postpone(claim, delay_s)

    def _authorize(self, claim: Claim, order: Order) -> None:
        is_free = order.total_cents == 0
        if is_free or self._payments.authorize(order.id, order.total_cents, claim.card_token or ""):
            self._sagas.move(claim, Step.RESERVE)
        else:
            self._saga.payment_declined(order.id)

    def _reserve(self, claim: Claim, order: Order) -> None:
        if self._stock.reserve(order.id, order.quantities()):
            self._saga.stock_reserved(order.id)
        else:
            self._saga.stock_rejected(order.id)

    def _capture(self, claim: Claim, order: Order) -> None:
        if order.total_cents:
            self._payments.capture(order.id)
        self._sagas.move(claim, Step.SELL)

    def _sell(self, claim: Claim, order: Order) -> None:
        self._stock.sell(order.id)
        self._sagas.move(claim, Step.DONE)

    def _give_back(self, claim: Claim, order: Order) -> None:
        cents = self._payments.give_back(order.id)
        if self._sagas.move(claim, Step.RELEASE):
            self._saga.payment_given_back(cents)

    def _release(self, claim: Claim, order: Order) -> None:
        units = self._stock.release(order.id)
        if self._sagas.move(claim, Step.DONE):
            self._saga.stock_released(units)


def _note_failure(claim: Claim, failure: UpstreamFailed | DatabaseUnavailable, delay_s: float) -> None:
    mark_failure(failure.code)
    metrics.step_failures.labels(claim.step).inc()
    fields = {
        "order.id": claim.order_id,
        "saga.step": claim.step,
        "saga.attempts": claim.attempts,
        "saga.delay_ms": round(delay_s * 1000),
        "error.type": failure.code,
        "error.reason": str(failure),
    }
    logger.warning("saga step failed and will be tried again", extra=fields)
