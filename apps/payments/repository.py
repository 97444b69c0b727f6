"""Payments in their database."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, String, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from apps.payments.lifecycle import Status
from apps.payments.payments import Payment
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest
from chassis.sqlalchemy_types import UtcDateTime
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent

# A caller's session may have read a row before another transaction changed it.
AS_IT_IS_NOW = {"populate_existing": True}


class Base(DeclarativeBase):
    pass


class PaymentRow(Base):
    """No card data, not even a token: the processor knows a payment by our id."""

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(64), unique=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    decline_reason: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    def payment(self) -> Payment:
        return Payment(
            self.id,
            self.order_id,
            self.amount_cents,
            Status(self.status),
            self.decline_reason,
            self.created_at,
        )


class PaymentRepository:
    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def within(self, session: Session) -> "PaymentRepository":
        """The same payments, seen and changed as part of the transaction of `session`."""
        return PaymentRepository(self._unit_of_work.within(session))

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._unit_of_work.reading() as session:
            session.scalar(select(PaymentRow.id).limit(1))

    def add_or_get(self, payment: Payment) -> Payment:
        with self._unit_of_work.writing() as session:
            if insert_if_absent(session, PaymentRow, vars(payment)):
                return payment
            statement = select(PaymentRow).where(PaymentRow.order_id == payment.order_id)
            return session.scalars(statement, execution_options=AS_IT_IS_NOW).one().payment()

    def get(self, payment_id: str) -> Payment | None:
        return self._find(PaymentRow.id == payment_id)

    def of_order(self, order_id: str) -> Payment | None:
        return self._find(PaymentRow.order_id == order_id)

    def move(
        self, payment_id: str, current: Status, wanted: Status, decline_reason: str | None = None
    ) -> Payment | None:
        statement = (
            update(PaymentRow)
            .where(PaymentRow.id == payment_id, PaymentRow.status == current)
            .values(status=wanted, decline_reason=decline_reason)
            .returning(PaymentRow)
        )
        with self._unit_of_work.writing() as session:
            row = session.scalars(statement, execution_options=AS_IT_IS_NOW).one_or_none()
            return row.payment() if row else None

    def search(self, order_id: str | None, request: PageRequest) -> Page[Payment]:
        """Newest first; the id breaks ties, so that no payment is on two pages or on none."""
        statement = select(PaymentRow).order_by(PaymentRow.created_at.desc(), PaymentRow.id)
        if order_id is not None:
            statement = statement.where(PaymentRow.order_id == order_id)
        with self._unit_of_work.reading() as session:
            return fetch_page(session, statement, request).map(PaymentRow.payment)

    def _find(self, criterion: ColumnElement[bool]) -> Payment | None:
        statement = select(PaymentRow).where(criterion)
        with self._unit_of_work.reading() as session:
            row = session.scalars(statement, execution_options=AS_IT_IS_NOW).one_or_none()
            return row.payment() if row else None

    def when_committed(self, report: Callable[[], None]) -> None:
        self._unit_of_work.when_committed(report)


def seed(database: Database, payments: Sequence[Payment]) -> None:
    database.seed([PaymentRow(**vars(payment)) for payment in payments])
