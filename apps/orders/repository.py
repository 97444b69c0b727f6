"""Orders in their database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from apps.orders.order import Order, OrderRequest, Search, Status
from apps.orders.tables import OrderRow, columns, item_rows, state
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent


class OrderEventRecorder(Protocol):
    """What is written with every change of an order, in the same transaction."""

    def placed(self, session: Session, order: Order, order_request: OrderRequest) -> None: ...
    def changed(self, session: Session, order: Order) -> None: ...


class OrderRepository:
    def __init__(self, unit_of_work: UnitOfWork, recorder: OrderEventRecorder) -> None:
        self._unit_of_work = unit_of_work
        self._recorder = recorder

    def within(self, session: Session) -> "OrderRepository":
        """The same orders, seen and changed as part of the transaction of `session`."""
        return OrderRepository(self._unit_of_work.within(session), self._recorder)

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._unit_of_work.reading() as session:
            session.scalar(select(OrderRow.id).limit(1))

    def add(self, order: Order, order_request: OrderRequest) -> Order:
        with self._unit_of_work.writing() as session:
            if not insert_if_absent(session, OrderRow, columns(order) | {"wish_key": order_request.key}):
                return (
                    session.scalars(select(OrderRow).where(OrderRow.wish_key == order_request.key))
                    .one()
                    .order()
                )
            session.add_all(item_rows(order))
            self._recorder.placed(session, order, order_request)
            return order

    def get(self, order_id: str) -> Order | None:
        with self._unit_of_work.reading() as session:
            row = session.get(OrderRow, order_id, populate_existing=True)
            return row.order() if row else None

    def change(self, changed: Order) -> bool:
        before = update(OrderRow).where(OrderRow.id == changed.id, OrderRow.version == changed.version - 1)
        with self._unit_of_work.writing() as session:
            if session.scalar(before.values(state(changed)).returning(OrderRow.id)) is None:
                return False
            self._recorder.changed(session, changed)
            return True

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        with self._unit_of_work.reading() as session:
            return fetch_page(session, _statement(search), request).map(OrderRow.order)

    def pending_since(self, instant: datetime, limit: int) -> Sequence[str]:
        """The ids of orders that were placed before `instant` and are not decided, the oldest first."""
        overdue = OrderRow.status == Status.PENDING, OrderRow.created_at < instant
        oldest_first = select(OrderRow.id).where(*overdue).order_by(OrderRow.created_at)
        with self._unit_of_work.reading() as session:
            return session.scalars(oldest_first.limit(limit)).all()

    def when_committed(self, report: Callable[[], None]) -> None:
        self._unit_of_work.when_committed(report)


def seed(database: Database, orders: Sequence[Order]) -> None:
    database.seed([OrderRow(**columns(order), items=item_rows(order)) for order in orders])


def _statement(search: Search) -> Select[tuple[OrderRow]]:
    """Newest first; the id breaks ties, so that no order is on two pages or on none."""
    statement = select(OrderRow).order_by(OrderRow.created_at.desc(), OrderRow.id)
    if search.user_id is not None:
        statement = statement.where(OrderRow.user_id == search.user_id)
    if search.status is not None:
        statement = statement.where(OrderRow.status == search.status)
    if search.placed_from is not None:
        statement = statement.where(OrderRow.created_at >= search.placed_from)
    if search.placed_to is not None:
        statement = statement.where(OrderRow.created_at < search.placed_to)
    return statement
