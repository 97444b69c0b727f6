"""The tables of orders, and orders as their rows."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, literal
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from apps.orders.order import Item, Order, Reason, Status
from chassis.sqlalchemy_types import UtcDateTime


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
        UniqueConstraint("wish_key", name="uq_orders_wish_key"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    wish_key: Mapped[str | None] = mapped_column(String(64))
    items: Mapped[list[ItemRow]] = relationship(lazy="selectin", order_by=ItemRow.position)

    def order(self) -> Order:
        return Order(
            id=self.id,
            user_id=self.user_id,
            status=Status(self.status),
            items=tuple(item.item() for item in self.items),
            created_at=self.created_at,
            changed_at=self.changed_at,
            reason=Reason(self.reason) if self.reason else None,
            version=self.version,
        )


class SagaRow(Base):
    """How far an order's saga is. The card's token is here until it is known whether the card pays."""

    __tablename__ = "saga_state"

    order_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    step: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    card_token: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[dict[str, str]] = mapped_column(JSON)


# Literally, so that a database sees that the index fits; small however many orders there are.
UNDER_WAY = SagaRow.step != literal("done", literal_execute=True)
Index("ix_saga_state_under_way", SagaRow.next_at, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY)


class HistoryRow(Base):
    """An order as its owner sees it in a list; a copy that the events of orders keep up to date."""

    __tablename__ = "order_history"
    __table_args__ = (Index("ix_order_history_user_id_placed_at", "user_id", "placed_at"),)

    order_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int]
    units: Mapped[int] = mapped_column(BigInteger)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def state(order: Order) -> dict[str, object]:
    """What changes."""
    return {
        "status": order.status,
        "reason": order.reason,
        "version": order.version,
        "changed_at": order.changed_at,
    }


def columns(order: Order) -> dict[str, object]:
    return {"id": order.id, "user_id": order.user_id, "created_at": order.created_at, **state(order)}


def item_rows(order: Order) -> list[ItemRow]:
    return [
        ItemRow(order_id=order.id, position=place, **vars(item)) for place, item in enumerate(order.items)
    ]
