"""Orders in their database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Select, String, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from apps.orders.orders import Item, Order, Search, Status
from chassis.columns import UtcDateTime
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "order_items"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_cents: Mapped[int] = mapped_column(BigInteger)

    def item(self) -> Item:
        return Item(self.product_id, self.name, self.quantity, self.unit_price_cents)


class OrderRow(Base):
    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_user_id_created_at", "user_id", "created_at"),
        Index("ix_orders_status_created_at", "status", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    items: Mapped[list[ItemRow]] = relationship(lazy="selectin", order_by=ItemRow.position)

    @classmethod
    def of(cls, order: Order) -> "OrderRow":
        items = [ItemRow(position=position, **vars(item)) for position, item in enumerate(order.items)]
        return cls(
            id=order.id, user_id=order.user_id, status=order.status, items=items, created_at=order.created_at
        )

    def order(self) -> Order:
        items = tuple(item.item() for item in self.items)
        return Order(self.id, self.user_id, Status(self.status), items, self.created_at)


class OrderStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, seed: Sequence[Order]) -> None:
        self._database.prepare(Base.metadata, [OrderRow.of(order) for order in seed])

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._database.reading() as session:
            session.scalar(select(OrderRow.id).limit(1))

    def add(self, order: Order) -> None:
        with self._database.writing() as session:
            session.add(OrderRow.of(order))

    def get(self, order_id: str) -> Order | None:
        with self._database.reading() as session:
            row = session.get(OrderRow, order_id)
            return row.order() if row else None

    def change_status(self, order_id: str, current: Status, wanted: Status) -> bool:
        statement = update(OrderRow).where(OrderRow.id == order_id, OrderRow.status == current)
        with self._database.writing() as session:
            return session.scalar(statement.values(status=wanted).returning(OrderRow.id)) is not None

    def search(self, search: Search, request: PageRequest) -> Page[Order]:
        with self._database.reading() as session:
            return fetch_page(session, _statement(search), request).map(OrderRow.order)


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
