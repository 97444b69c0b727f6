"""The history of orders in its table."""

from datetime import UTC, datetime

from opentelemetry.instrumentation.utils import suppress_instrumentation
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from apps.orders.history import Entry
from apps.orders.order import Order
from apps.orders.tables import HistoryRow, OrderRow
from chassis.database import fetch_page
from chassis.identity import utc_now
from chassis.paging import Page, PageRequest
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class HistoryRepository:
    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def within(self, session: Session) -> "HistoryRepository":
        return HistoryRepository(self._unit_of_work.within(session))

    def record(self, entry: Entry) -> None:
        """Events may come twice or in disorder: the highest version is what is shown."""
        columns = dict(entry)
        older = update(HistoryRow).where(
            HistoryRow.order_id == entry.order_id, HistoryRow.version < entry.version
        )
        with self._unit_of_work.writing() as session:
            if not insert_if_absent(session, HistoryRow, columns):
                session.execute(older.values(columns))

    def of_user(self, user_id: str, request: PageRequest) -> Page[Entry]:
        statement = select(HistoryRow).where(HistoryRow.user_id == user_id)
        newest_first = statement.order_by(HistoryRow.placed_at.desc(), HistoryRow.order_id)
        with self._unit_of_work.reading() as session:
            return fetch_page(session, newest_first, request).map(Entry.model_validate)

    def lag_s(self) -> float:
        """Age of the oldest change of an order that is newer than all that the history has."""
        newest = select(func.coalesce(func.max(HistoryRow.changed_at), LONG_AGO)).scalar_subquery()
        missing = select(func.min(OrderRow.changed_at)).where(OrderRow.changed_at > newest)
        with suppress_instrumentation(), self._unit_of_work.reading() as session:
            since = session.scalar(missing)
        return 0.0 if since is None else max(0.0, (utc_now() - since).total_seconds())

    def fill(self) -> None:
        """Make up for what was placed while there were no events; once, when there is no history at all."""
        with self._unit_of_work.writing() as session:
            if session.scalar(select(HistoryRow.order_id).limit(1)) is None:
                for row in session.scalars(select(OrderRow)):
                    insert_if_absent(session, HistoryRow, dict(_entry(row.order())))


def _entry(order: Order) -> Entry:
    return Entry(
        order_id=order.id,
        user_id=order.user_id,
        status=order.status,
        reason=order.reason,
        version=order.version,
        units=order.units,
        total_cents=order.total_cents,
        placed_at=order.created_at,
        changed_at=order.changed_at,
    )
