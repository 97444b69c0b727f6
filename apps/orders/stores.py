"""All that orders keeps, in one database."""

from dataclasses import dataclass
from datetime import timedelta

from apps.orders import seed, store
from apps.orders.history_store import HistoryStore
from apps.orders.journal import Journal, Silence
from apps.orders.order import Status
from apps.orders.saga import Mode
from apps.orders.saga_store import SagaStore
from apps.orders.settings import Settings
from apps.orders.store import OrderStore
from chassis import events
from chassis.database import Database
from chassis.idempotency_keys import IdempotencyKeys
from chassis.transactions import Transactions


@dataclass(frozen=True)
class Stores:
    database: Database
    outbox: events.Outbox
    orders: OrderStore
    sagas: SagaStore
    history: HistoryStore
    keys: IdempotencyKeys

    def prepare(self, settings: Settings) -> None:
        """Where there are sagas, no seed order is PENDING: nobody would ever work on it."""
        has_sagas = settings.saga_mode is not Mode.OFF
        orders = [order for order in seed.orders() if not (has_sagas and order.status is Status.PENDING)]
        store.seed(self.database, orders if settings.seed else [])
        self.history.fill()


def open_stores(settings: Settings) -> Stores:
    database = Database(settings.database_url)
    transactions = Transactions(database)
    outbox = events.Outbox()
    sagas = SagaStore(transactions)
    orders = OrderStore(transactions, _journal(settings, outbox, sagas))
    return Stores(database, outbox, orders, sagas, HistoryStore(transactions), IdempotencyKeys(database))


def _journal(settings: Settings, outbox: events.Outbox, sagas: SagaStore) -> store.Journal:
    if settings.saga_mode is Mode.OFF:
        return Silence()
    is_orchestrated = settings.saga_mode is Mode.ORCHESTRATION
    first_look = timedelta() if is_orchestrated else timedelta(seconds=settings.saga_stuck_after_s)
    return Journal(outbox, sagas, settings.saga_mode, first_look)
