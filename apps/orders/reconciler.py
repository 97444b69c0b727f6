"""Looks after orders that wait too long: sets their sagas going again, and gives them up in the end.

In choreography a reminder goes to payments, which says again what has become of the payment; so do all who
react to that. Nothing is done twice: each service does everything once for an order. In orchestration the
coordinator goes on by itself.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from opentelemetry.instrumentation.utils import suppress_instrumentation

from apps.orders import metrics
from apps.orders.events import PAYMENT_REQUESTS, payment_request
from apps.orders.orders import existing
from apps.orders.repository import OrderRepository
from apps.orders.saga import UNDECIDED, Saga
from apps.orders.saga_repository import Claim, SagaRepository
from chassis.events import Outbox, Sessions
from chassis.identity import utc_now
from chassis.saga_mode import Mode
from chassis.saga_tracing import resume

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
AT_ONCE = 100


@dataclass(frozen=True)
class ReconcilerTimeouts:
    """`stuck_after` without an outcome, a saga is set going again; after `timeout` its order is given up."""

    stuck_after: timedelta
    timeout: timedelta


class Reconciler:
    def __init__(
        self,
        orders: OrderRepository,
        sagas: SagaRepository,
        sessions: Sessions,
        outbox: Outbox,
        mode: Mode,
        patience: ReconcilerTimeouts,
    ) -> None:
        self._orders = orders
        self._sagas = sagas
        self._sessions = sessions
        self._outbox = outbox
        self._mode = mode
        self._patience = patience

    def step(self) -> float:
        """Look once; the seconds until the next time."""
        for order_id in self._overdue(utc_now() - self._patience.timeout):
            resume("saga time_out", {}, {"order.id": order_id}, partial(self._give_up, order_id))
        if self._mode is Mode.CHOREOGRAPHY:
            self._nudge_all()
        return INTERVAL_S

    def _overdue(self, instant: datetime) -> Sequence[str]:
        with suppress_instrumentation():
            return self._orders.pending_since(instant, AT_ONCE)

    def _give_up(self, order_id: str) -> None:
        logger.warning("order is given up: its saga has not ended in time", extra={"order.id": order_id})
        Saga(self._orders).timed_out(order_id)

    def _nudge_all(self) -> None:
        while (claim := self._sagas.claim(self._patience.stuck_after)) is not None:
            attributes = {"order.id": claim.order_id, "saga.step": claim.step}
            resume("saga nudge", claim.origin, attributes, partial(self._nudge, claim))

    def _nudge(self, claim: Claim) -> None:
        """A saga that was begun in the other mode, and goes on with what we cannot do, is only named."""
        fields = {"order.id": claim.order_id, "saga.step": claim.step, "saga.attempts": claim.attempts}
        logger.warning("order is stuck", extra=fields)
        if claim.step in UNDECIDED:
            request = payment_request(existing(self._orders, claim.order_id), claim.card_token)
            with self._sessions.writing() as session:
                self._outbox.add(session, PAYMENT_REQUESTS, "PaymentRequested", request, claim.order_id)
            metrics.nudges.labels(claim.step).inc()
