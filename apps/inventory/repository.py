"""Stock and reservations in their database.

A transaction locks a reservation before stock, and stock by product id: no two wait for each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, String, Update, bindparam, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from apps.inventory.inventory import Entry
from apps.inventory.stock import MOVES, RESERVE, Move, Reservation, Status, StockLevel, StockTotals, lacking
from chassis.database import Database
from chassis.identity import utc_now
from chassis.sqlalchemy_types import UtcDateTime
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent

# A caller's session may have read a row before another transaction changed it.
AS_IT_IS_NOW = {"populate_existing": True}


class Base(DeclarativeBase):
    pass


class StockRow(Base):
    """The constraints only say again what the transactions see to: nothing is sold that is not there."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("sold >= 0", name="sold_not_negative"),
    )

    product_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    available: Mapped[int] = mapped_column(BigInteger)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    sold: Mapped[int] = mapped_column(BigInteger, default=0)

    def level(self) -> StockLevel:
        return StockLevel(self.product_id, self.available, self.reserved, self.sold)


class ReservationRow(Base):
    __tablename__ = "reservations"

    order_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    items: Mapped[dict[str, int]] = mapped_column(JSON)
    lacking: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True, default=utc_now)

    def reservation(self) -> Reservation:
        return Reservation(self.order_id, Status(self.status), self.items, self.lacking)


STOCK = Base.metadata.tables[StockRow.__tablename__]


class InventoryRepository:
    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def within(self, session: Session) -> "InventoryRepository":
        """The same stock, seen and changed as part of the transaction of `session`."""
        return InventoryRepository(self._unit_of_work.within(session))

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._unit_of_work.reading() as session:
            session.scalar(select(StockRow.product_id).limit(1))

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Entry:
        wanted = Reservation(order_id, Status.RESERVED, dict(items))
        with self._unit_of_work.writing() as session:
            if not _insert(session, wanted):
                return Entry(_get(session, order_id), is_new=False)
            missing = lacking(items, _lock_available(session, items))
            if not missing:
                _shift(session, items, RESERVE)
                return Entry(wanted, is_new=True)
            rejected = replace(wanted, status=Status.REJECTED, lacking=missing)
            values = {"status": rejected.status, "lacking": missing}
            session.execute(_update(order_id).values(values))
            return Entry(rejected, is_new=True)

    def add(self, reservation: Reservation) -> Entry:
        with self._unit_of_work.writing() as session:
            if _insert(session, reservation):
                return Entry(reservation, is_new=True)
            return Entry(_get(session, reservation.order_id), is_new=False)

    def move(self, reservation: Reservation, wanted: Status) -> Reservation | None:
        current = _update(reservation.order_id).where(ReservationRow.status == reservation.status)
        with self._unit_of_work.writing() as session:
            if session.scalar(current.values(status=wanted).returning(ReservationRow.order_id)) is None:
                return None
            _shift(session, reservation.items, MOVES[reservation.status, wanted])
            return replace(reservation, status=wanted)

    def get(self, order_id: str) -> Reservation | None:
        with self._unit_of_work.reading() as session:
            row = session.get(ReservationRow, order_id, populate_existing=True)
            return row.reservation() if row else None

    def levels(self, product_ids: Sequence[str]) -> Mapping[str, StockLevel]:
        statement = select(StockRow).where(StockRow.product_id.in_(product_ids))
        with self._unit_of_work.reading() as session:
            rows = session.scalars(statement, execution_options=AS_IT_IS_NOW)
            return {row.product_id: row.level() for row in rows}

    def set_available(self, product_id: str, available: int) -> StockLevel:
        level = StockLevel(product_id, available)
        change = update(StockRow).where(StockRow.product_id == product_id).values(available=available)
        with self._unit_of_work.writing() as session:
            if insert_if_absent(session, StockRow, vars(level)):
                return level
            return session.scalars(change.returning(StockRow), execution_options=AS_IT_IS_NOW).one().level()

    def totals(self) -> StockTotals:
        pools = (
            func.coalesce(func.sum(pool), 0)
            for pool in (StockRow.available, StockRow.reserved, StockRow.sold)
        )
        out = func.count().filter(StockRow.available == 0)
        with self._unit_of_work.reading() as session:
            return StockTotals(*map(int, session.execute(select(*pools, func.count(), out)).one()))

    def when_committed(self, report: Callable[[], None]) -> None:
        self._unit_of_work.when_committed(report)


def seed(database: Database, levels: Sequence[StockLevel], reservations: Sequence[Reservation]) -> None:
    database.seed([StockRow(**vars(level)) for level in levels])
    database.seed([ReservationRow(**vars(reservation)) for reservation in reservations])


def _insert(session: Session, reservation: Reservation) -> bool:
    return insert_if_absent(session, ReservationRow, vars(reservation))


def _get(session: Session, order_id: str) -> Reservation:
    return session.get_one(ReservationRow, order_id, populate_existing=True).reservation()


def _update(order_id: str) -> Update:
    return update(ReservationRow).where(ReservationRow.order_id == order_id)


def _lock_available(session: Session, items: Mapping[str, int]) -> dict[str, int]:
    """What is available of each product that is known, and stays so until this transaction ends."""
    rows = select(StockRow).where(StockRow.product_id.in_(items)).order_by(StockRow.product_id)
    locked = session.scalars(rows.with_for_update(), execution_options=AS_IT_IS_NOW)
    return {row.product_id: row.available for row in locked}


def _shift(session: Session, items: Mapping[str, int], move: Move) -> None:
    """Move the units of each product from one pool to another."""
    source, target = STOCK.c[move.source], STOCK.c[move.target]
    quantity = bindparam("quantity", type_=BigInteger)
    shift = update(STOCK).where(STOCK.c.product_id == bindparam("product"))
    each = [{"product": product_id, "quantity": units} for product_id, units in sorted(items.items())]
    if each:
        statement = shift.values({source: source - quantity, target: target + quantity})
        session.connection().execute(statement, each)
