"""Orders in their database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from apps.orders.order import Order, Search, Status, Wish
from apps.orders.tables import OrderRow, columns, item_rows, state
from chassis.database import Database, fetch_page
from chassis.insertion import insert_missing
from chassis.paging import Page, PageRequest
from chassis.transactions import Transactions


class Journal(Protocol):
    """What is written with every change of an order, in the same transaction."""

    def placed(self, session: Session, order: Order, wish: Wish) -> None: ...
    def changed(self, session: Session, order: Order) -> None: ...


class OrderStore:
    def __init__(self, transactions: Transactions, journal: Journal) -> None:
        self._transactions = transactions
        self._journal = journal

    def within(self, session: Session) -> "OrderStore":
        """The same orders, seen and changed as part of the transaction of `session`."""
        return OrderStore(self._transactions.within(session), self._journal)

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._transactions.reading() as session:
            session.scalar(select(OrderRow.id).limit(1))

    def add(self, order: Order, wish: Wish) -> Order:
        with self._transactions.writing() as session:
            if not insert_missing(session, OrderRow, columns(order) | {"wish_key": wish.key}):
                return session.scalars(select(OrderRow).where(OrderRow.wish_key == wish.key)).one().order()
            session.add_all(item_rows(order))
            self._journal.placed(session, order, wish)
            return order

    def get(self, order_id: str) -> Order | None:
        with self._transactions.reading() as session:
            row = session.get(OrderRow, order_id, populate_existing=True)
            return row.order() if row else None

    def change(self, changed: Order) -> bool:
        before = update(OrderRow).where(OrderRow.id == changed.id, OrderRow.version == changed.version - 1)
        with self._transactions.writing() as session:
            if session.scalar(before.values(state(changed)).returning(OrderRow.id)) is None:
                return False
            self._journal.changed(session, changed)
            return True

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        with self._transactions.reading() as session:
            return fetch_page(session, _statement(search), request).map(OrderRow.order)

    def pending_since(self, instant: datetime, limit: int) -> Sequence[str]:
        """The ids of orders that were placed before `instant` and are not decided, the oldest first."""
        overdue = OrderRow.status == Status.PENDING, OrderRow.created_at < instant
        oldest_first = select(OrderRow.id).where(*overdue).order_by(OrderRow.created_at)
        with self._transactions.reading() as session:
            return session.scalars(oldest_first.limit(limit)).all()

    def when_committed(self, report: Callable[[], None]) -> None:
        self._transactions.when_committed(report)


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
