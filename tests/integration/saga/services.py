"""Orders, payments and inventory on their own databases: as their processes are, but for the threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask

from apps import inventory, orders, payments
from apps.inventory.events import LISTENS_TO as INVENTORY_LISTENS_TO
from apps.inventory.events import EventHandlers as InventoryReactions
from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from apps.inventory.settings import Settings as InventorySettings
from apps.orders import events as orders_events
from apps.orders.adapters import CardPayments, ReservedStock
from apps.orders.coordinator import Coordinator
from apps.orders.repositories import Repositories, open_repositories
from apps.orders.settings import Settings as OrdersSettings
from apps.orders.workers import reconciler
from apps.payments.client import PaymentsClient
from apps.payments.events import LISTENS_TO as PAYMENTS_LISTENS_TO
from apps.payments.events import EventHandlers as PaymentsReactions
from apps.payments.repository import PaymentRepository
from apps.payments.settings import Settings as PaymentsSettings
from chassis.background import Background
from chassis.database import Database
from chassis.events import Backoff, Broker, Consumer, Handler, Outbox, Relay
from chassis.http_client import Timeouts
from chassis.saga_mode import Mode
from chassis.service import resolve
from chassis.unit_of_work import UnitOfWork
from tests.integration.saga.partners import CrashableTransport, Remote
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.payments.ledger import LedgerProcessor

# Reckoned by whoever plays the passing of time.
NEVER = timedelta(hours=1)
AT_ONCE = Backoff(first_s=0.0, longest_s=0.0)

Step = Callable[[], object]


@dataclass
class Service:
    """`steps` are what its threads would do, each once."""

    app: Flask
    database: Database
    steps: list[Step] = field(default_factory=list)
    is_down: bool = False

    def close(self) -> None:
        self.database.close()
        resolve(Database, self.app).close()

    def consume(
        self, broker: Broker, queue: str, exchanges: Sequence[str], handlers: Mapping[str, Handler]
    ) -> None:
        consumer = Consumer(broker, queue, exchanges, handlers, self.database, backoff=AT_ONCE, max_tries=50)
        broker.declare(queue, exchanges)
        self.steps.append(consumer._workers[0].step)

    def relay(self, outbox: Outbox, broker: Broker) -> None:
        self.steps.append(Relay(outbox, self.database, broker)._publish_batch)


def open_payments(url: str, broker: Broker, mode: Mode, processor: LedgerProcessor) -> Service:
    app = payments.create_app(PaymentsSettings(url, seed=False), processor)
    service = Service(app, resolve(Database, app))
    if mode is Mode.CHOREOGRAPHY:
        outbox = Outbox()
        reactions = PaymentsReactions(PaymentRepository(UnitOfWork(service.database)), processor, outbox)
        service.consume(broker, "payments", PAYMENTS_LISTENS_TO, reactions.handlers())
        service.relay(outbox, broker)
    return service


def open_inventory(url: str, broker: Broker, mode: Mode) -> Service:
    app = inventory.create_app(InventorySettings(url, grpc_address=None, seed=False))
    service = Service(app, resolve(Database, app))
    if mode is Mode.CHOREOGRAPHY:
        outbox = Outbox()
        reactions = InventoryReactions(InventoryRepository(UnitOfWork(service.database)), outbox)
        service.consume(broker, "inventory", INVENTORY_LISTENS_TO, reactions.handlers())
        service.relay(outbox, broker)
    return service


def open_orders(
    url: str,
    broker: Broker,
    mode: Mode,
    neighbours: tuple[FakeCustomers, FakeCatalogue],
    partners: tuple[Service, Service],
) -> Service:
    settings = OrdersSettings(url, seed=False, saga_mode=mode, saga_workers=0)
    app = orders.create_app(settings, *neighbours)
    resolve(Background, app).stop()
    repositories = open_repositories(settings)
    service = Service(app, repositories.database)
    history = orders_events.history_handlers(repositories.history)
    service.consume(broker, "order_history", [orders_events.ORDER_EVENTS], history)
    if mode is Mode.CHOREOGRAPHY:
        exchanges = [orders_events.PAYMENT_EVENTS, orders_events.STOCK_EVENTS]
        handlers = orders_events.saga_handlers(repositories.orders, repositories.sagas, NEVER)
        service.consume(broker, "orders", exchanges, handlers)
        service.steps.append(reconciler(settings, repositories).step)
    else:
        service.steps.append(_coordinator(repositories, *partners).step)
    service.relay(repositories.outbox, broker)
    return service


def _coordinator(repositories: Repositories, payments: Service, inventory: Service) -> Coordinator:
    transport = CrashableTransport(payments.app, lambda: payments.is_down)
    client = PaymentsClient("http://payments", transport, Timeouts(1.0, 1.0))
    stock = Remote(resolve(Inventory, inventory.app), lambda: inventory.is_down)
    return Coordinator(
        repositories.orders, repositories.sagas, CardPayments(client), ReservedStock(stock), NEVER, AT_ONCE
    )
