"""What the databases of the three services say: do money, stock and orders agree?"""

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from apps.inventory.repository import ReservationRow, StockRow
from apps.orders.order import Status
from apps.orders.saga import Step
from apps.orders.tables import HistoryRow, OrderRow, SagaRow
from apps.payments.lifecycle import Status as Payment
from apps.payments.repository import PaymentRow
from chassis.database import Database
from chassis.events._tables import outbox
from chassis.idempotency_keys import KeyRow
from chassis.identity import utc_now
from tests.unit.apps.payments.ledger import LedgerProcessor

Row = TypeVar("Row", bound=DeclarativeBase)

A_WHILE = timedelta(minutes=1)
# What a payment may be in the end, by the status of its order.
PAYMENTS = {
    Status.CONFIRMED: {Payment.CAPTURED},
    Status.CANCELLED: {Payment.DECLINED, Payment.VOIDED, Payment.REFUNDED},
}


def has_work(database: Database) -> bool:
    """Events to be published, or sagas that are not at their end."""
    with database.reading() as session:
        unpublished = select(outbox.c.position).where(outbox.c.published_at.is_(None))
        if _has(session, "outbox") and session.execute(unpublished).first():
            return True
        under_way = select(SagaRow.order_id).where(SagaRow.step != Step.DONE)
        return _has(session, "saga_state") and session.execute(under_way).first() is not None


def age(database: Database) -> None:
    long_ago = utc_now() - A_WHILE
    with database.writing() as session:
        if _has(session, "saga_state"):
            session.execute(update(SagaRow).values(next_at=long_ago))
        if _has(session, "idempotency_keys"):
            session.execute(update(KeyRow).where(KeyRow.status.is_(None)).values(started_at=long_ago))


def order_ids(orders: Database) -> list[str]:
    return sorted(order.id for order in _rows(orders, OrderRow))


def check(
    orders: Database,
    payments: Database,
    inventory: Database,
    processor: LedgerProcessor | None,
    in_stock: int,
) -> None:
    """Every order is decided, says why it is cancelled, and has money and stock to fit.

    Without a `processor` that remembers, money is what payments says of it.
    """
    placed = {order.id: order.order() for order in _rows(orders, OrderRow)}
    paid = {payment.order_id: payment for payment in _rows(payments, PaymentRow)}
    reserved = {reservation.order_id: reservation for reservation in _rows(inventory, ReservationRow)}
    sold = 0
    for order_id, order in placed.items():
        assert order.status in PAYMENTS, order
        assert (order.reason is None) == (order.status is Status.CONFIRMED), order
        is_confirmed = order.status is Status.CONFIRMED
        if is_confirmed or order_id in paid:
            assert paid[order_id].status in PAYMENTS[order.status], (order, paid[order_id].status)
        if is_confirmed:
            assert paid[order_id].payment().captured_cents == order.total_cents, order
        if processor is not None:
            assert processor.kept(order_id) == (order.total_cents if is_confirmed else 0), order
            assert processor.held(order_id) == 0, order
        if is_confirmed:
            sold += order.units
            assert reserved[order_id].status == "CONFIRMED", order
            assert reserved[order_id].items == order.quantities(), order
        elif order_id in reserved:
            assert reserved[order_id].status in ("RELEASED", "REJECTED"), order
    [stock] = _rows(inventory, StockRow)
    assert (stock.available, stock.reserved, stock.sold) == (in_stock - sold, 0, sold)
    shown = {row.order_id: (row.status, row.reason, row.version) for row in _rows(orders, HistoryRow)}
    assert shown == {order.id: (order.status, order.reason, order.version) for order in placed.values()}
    assert [saga.card_token for saga in _rows(orders, SagaRow) if saga.card_token] == []


def _rows(database: Database, table: type[Row]) -> list[Row]:
    with database.reading() as session:
        return list(session.scalars(select(table)).unique())


def _has(session: Session, table: str) -> bool:
    return inspect(session.connection()).has_table(table)
