"""All that orders keeps, in one database."""

from dataclasses import dataclass
from datetime import timedelta

from apps.orders import repository, seed
from apps.orders.event_recorder import NullRecorder, OrderEventRecorder
from apps.orders.history_repository import HistoryRepository
from apps.orders.order import Status
from apps.orders.repository import OrderRepository
from apps.orders.saga_repository import SagaRepository
from apps.orders.settings import Settings
from chassis import events
from chassis.database import Database
from chassis.idempotency_keys import IdempotencyKeys
from chassis.saga_mode import Mode
from chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Repositories:
    database: Database
    outbox: events.Outbox
    orders: OrderRepository
    sagas: SagaRepository
    history: HistoryRepository
    keys: IdempotencyKeys

    def prepare(self, settings: Settings) -> None:
        """Where there are sagas, no seed order is PENDING: nobody would ever work on it."""
        has_sagas = settings.saga_mode is not Mode.OFF
        orders = [order for order in seed.orders() if not (has_sagas and order.status is Status.PENDING)]
        repository.seed(self.database, orders if settings.seed else [])
        self.history.fill()


def open_repositories(settings: Settings) -> Repositories:
    database = Database(settings.database_url)
    unit_of_work = UnitOfWork(database)
    outbox = events.Outbox()
    sagas = SagaRepository(unit_of_work)
    orders = OrderRepository(unit_of_work, _recorder(settings, outbox, sagas))
    return Repositories(
        database, outbox, orders, sagas, HistoryRepository(unit_of_work), IdempotencyKeys(database)
    )


def _recorder(
    settings: Settings, outbox: events.Outbox, sagas: SagaRepository
) -> repository.OrderEventRecorder:
    if settings.saga_mode is Mode.OFF:
        return NullRecorder()
    is_orchestrated = settings.saga_mode is Mode.ORCHESTRATION
    first_look = timedelta() if is_orchestrated else timedelta(seconds=settings.saga_stuck_after_s)
    return OrderEventRecorder(outbox, sagas, settings.saga_mode, first_look)
