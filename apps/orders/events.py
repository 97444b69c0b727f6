"""The events that orders publishes, and how it handles those of others (docs/saga.md).

Every event of an order holds all of it, so that nobody has to ask back. The card's token is in none of them:
it goes to payments alone, in a request that only payments' queue is bound to.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from apps.orders.history import Entry
from apps.orders.history_repository import HistoryRepository
from apps.orders.order import Order, Status
from apps.orders.repository import OrderRepository
from apps.orders.saga import Saga
from apps.orders.saga_repository import SagaRepository
from chassis.event_bodies import OfOrder, read_body
from chassis.events import Handler, Message

ORDER_EVENTS = "order_events"
PAYMENT_REQUESTS = "payment_requests"
PAYMENT_EVENTS = "payment_events"
STOCK_EVENTS = "stock_events"

TYPES: Mapping[Status, str] = {
    Status.PENDING: "OrderPlaced",
    Status.CONFIRMED: "OrderConfirmed",
    Status.SHIPPED: "OrderShipped",
    Status.DELIVERED: "OrderDelivered",
    Status.CANCELLED: "OrderCancelled",
}


class Returned(OfOrder):
    amount_cents: int


class Released(OfOrder):
    units: int


def snapshot(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "user_id": order.user_id,
        "status": order.status,
        "reason": order.reason,
        "version": order.version,
        "items": [vars(item) for item in order.items],
        "units": order.units,
        "total_cents": order.total_cents,
        "placed_at": order.created_at.isoformat(),
        "changed_at": order.changed_at.isoformat(),
    }


def payment_request(order: Order, card_token: str | None) -> dict[str, Any]:
    """Without a token it is a reminder: payments says again what has become of the payment."""
    request = {"order_id": order.id, "total_cents": order.total_cents, "card_token": card_token}
    return request | {"items": order.quantities()}


def saga_handlers(
    orders: OrderRepository, sagas: SagaRepository, next_look: timedelta
) -> Mapping[str, Handler]:
    """Choreography: the outcomes of the steps that other services take."""

    def authorized(session: Session, message: Message) -> None:
        sagas.within(session).reserve_next(read_body(OfOrder, message).order_id, next_look)

    def decide(decision: Callable[[Saga, str], None]) -> Handler:
        return lambda session, message: decision(
            Saga(orders.within(session)), read_body(OfOrder, message).order_id
        )

    def payment_returned(session: Session, message: Message) -> None:
        Saga(orders.within(session)).payment_given_back(read_body(Returned, message).amount_cents)

    def stock_released(session: Session, message: Message) -> None:
        Saga(orders.within(session)).stock_released(read_body(Released, message).units)

    return {
        "PaymentAuthorized": authorized,
        "PaymentDeclined": decide(Saga.payment_declined),
        "PaymentReturned": payment_returned,
        "StockReserved": decide(Saga.stock_reserved),
        "StockRejected": decide(Saga.stock_rejected),
        "StockReleased": stock_released,
    }


def history_handlers(history: HistoryRepository) -> Mapping[str, Handler]:
    def record(session: Session, message: Message) -> None:
        history.within(session).record(read_body(Entry, message))

    return dict.fromkeys(TYPES.values(), record)
