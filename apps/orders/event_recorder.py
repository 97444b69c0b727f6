"""What is written in the transaction of every change of an order: its event, and the saga's step."""

from datetime import timedelta

from sqlalchemy.orm import Session

from apps.orders.events import ORDER_EVENTS, PAYMENT_REQUESTS, TYPES, payment_request, snapshot
from apps.orders.order import Order, OrderRequest
from apps.orders.saga import NEXT
from apps.orders.saga_repository import SagaRepository
from chassis.events import Outbox
from chassis.saga_mode import Mode
from chassis.saga_tracing import current_origin


class NullRecorder:
    """Records nothing: where there is no saga."""

    def placed(self, session: Session, order: Order, order_request: OrderRequest) -> None: ...
    def changed(self, session: Session, order: Order) -> None: ...


class OrderEventRecorder:
    """`first_look` is when somebody should see whether the saga's first step was taken."""

    def __init__(self, outbox: Outbox, sagas: SagaRepository, mode: Mode, first_look: timedelta) -> None:
        self._outbox = outbox
        self._sagas = sagas
        self._mode = mode
        self._first_look = first_look

    def placed(self, session: Session, order: Order, order_request: OrderRequest) -> None:
        self._outbox.add(session, ORDER_EVENTS, TYPES[order.status], snapshot(order), order.id)
        self._sagas.within(session).begin(
            order.id, order_request.card_token, current_origin(), self._first_look
        )
        if self._mode is Mode.CHOREOGRAPHY:
            request = payment_request(order, order_request.card_token)
            self._outbox.add(session, PAYMENT_REQUESTS, "PaymentRequested", request, order.id)

    def changed(self, session: Session, order: Order) -> None:
        self._outbox.add(session, ORDER_EVENTS, TYPES[order.status], snapshot(order), order.id)
        step = NEXT[self._mode].get(order.status)
        if step is not None:
            self._sagas.within(session).enter(order.id, step)
