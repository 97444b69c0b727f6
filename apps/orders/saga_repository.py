"""How far each saga is: written with the changes of its order, and claimed by one at a time."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opentelemetry.instrumentation.utils import suppress_instrumentation
from sqlalchemy import ColumnElement, Update, func, select, update
from sqlalchemy.orm import Session

from apps.orders.saga import Step
from apps.orders.tables import UNDER_WAY, SagaRow
from chassis.identity import utc_now
from chassis.unit_of_work import UnitOfWork
from chassis.upsert import insert_if_absent

# Of so many that are due, anybody takes one by chance: those who look at once seldom want the same.
CHOICE = 16


@dataclass(frozen=True)
class Claim:
    """The right to take a saga's step, until the lease ends. Whoever has it later has more attempts."""

    order_id: str
    step: Step
    attempts: int
    origin: Mapping[str, str]
    card_token: str | None = field(repr=False)


class SagaRepository:
    """`due` is set whenever this process has made a step due."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        clock: Callable[[], datetime] = utc_now,
        due: threading.Event | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self.due = due or threading.Event()

    def within(self, session: Session) -> "SagaRepository":
        return SagaRepository(self._unit_of_work.within(session), self._clock, self.due)

    def begin(self, order_id: str, card_token: str, origin: Mapping[str, str], first_in: timedelta) -> None:
        with self._unit_of_work.writing() as session:
            values = _entered(Step.AUTHORIZE, self._clock(), first_in)
            session.add(SagaRow(order_id=order_id, card_token=card_token, origin=dict(origin), **values))
        self._unit_of_work.when_committed(self.due.set)

    def enter(self, order_id: str, step: Step) -> None:
        """From wherever it is; an order that never had a saga gets one."""
        values = _entered(step, self._clock()) | {"card_token": None}
        with self._unit_of_work.writing() as session:
            if not insert_if_absent(session, SagaRow, values | {"order_id": order_id, "origin": {}}):
                session.execute(update(SagaRow).where(SagaRow.order_id == order_id).values(values))
        self._unit_of_work.when_committed(self.due.set)

    def reserve_next(self, order_id: str, first_in: timedelta) -> None:
        """From AUTHORIZE to RESERVE; from elsewhere nowhere. The card is no longer needed."""
        values = _entered(Step.RESERVE, self._clock(), first_in) | {"card_token": None}
        with self._unit_of_work.writing() as session:
            session.execute(_at(order_id, Step.AUTHORIZE).values(values))

    def claim(self, lease: timedelta) -> Claim | None:
        """A saga that is due, for nobody else until the lease ends; None when there is none."""
        now = self._clock()
        order_id = self._choose(now)
        if order_id is None:
            return None
        one = update(SagaRow).where(SagaRow.order_id == order_id, *_due(now))
        values = {"attempts": SagaRow.attempts + 1, "next_at": now + lease}
        with self._unit_of_work.writing() as session:
            row = session.scalars(one.values(values).returning(SagaRow)).one_or_none()
            return _claim(row) if row else None

    def move(self, claim: Claim, step: Step) -> bool:
        """False, and nothing is done, when the saga has gone elsewhere or another has claimed it."""
        values = _entered(step, self._clock()) | {"card_token": None}
        with self._unit_of_work.writing() as session:
            moved = session.scalar(_of(claim).values(values).returning(SagaRow.order_id))
        return moved is not None

    def postpone(self, claim: Claim, delay_s: float) -> None:
        with self._unit_of_work.writing() as session:
            session.execute(_of(claim).values(next_at=self._clock() + timedelta(seconds=delay_s)))

    def stuck(self, for_longer_than: timedelta) -> Mapping[str, int]:
        """How many have been at the same step for so long, by step."""
        late = UNDER_WAY, SagaRow.since < self._clock() - for_longer_than
        statement = select(SagaRow.step, func.count().label("number")).where(*late).group_by(SagaRow.step)
        none = dict.fromkeys((step.value for step in Step if step is not Step.DONE), 0)
        with suppress_instrumentation(), self._unit_of_work.reading() as session:
            return none | {row.step: row.number for row in session.execute(statement)}

    def _choose(self, now: datetime) -> str | None:
        due = select(SagaRow.order_id).where(*_due(now)).order_by(SagaRow.next_at).limit(CHOICE)
        with suppress_instrumentation(), self._unit_of_work.reading() as session:
            order_ids = session.scalars(due).all()
        return random.choice(order_ids) if order_ids else None


def _entered(step: Step, now: datetime, first_in: timedelta = timedelta()) -> dict[str, object]:
    return {"step": step, "since": now, "attempts": 0, "next_at": now + first_in}


def _due(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return UNDER_WAY, SagaRow.next_at <= now


def _at(order_id: str, step: Step) -> Update:
    return update(SagaRow).where(SagaRow.order_id == order_id, SagaRow.step == step)


def _of(claim: Claim) -> Update:
    return _at(claim.order_id, claim.step).where(SagaRow.attempts == claim.attempts)


def _claim(row: SagaRow) -> Claim:
    return Claim(row.order_id, Step(row.step), row.attempts, row.origin, row.card_token)
