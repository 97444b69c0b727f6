"""The threads of orders: what goes on between the requests."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from apps.inventory.client import InventoryClient
from apps.orders import events, faults, metrics
from apps.orders.adapters import CardPayments, ReservedStock
from apps.orders.coordinator import Coordinator
from apps.orders.reconciler import Reconciler, ReconcilerTimeouts
from apps.orders.repositories import Repositories
from apps.orders.settings import Settings
from apps.payments.client import PaymentsClient
from chassis.background import Background, Part, Repeated
from chassis.events import Consumer, Relay, broker_from_url
from chassis.grpc_client import GrpcClient
from chassis.http_client import Timeouts
from chassis.saga_mode import Mode
from chassis.transport import HttpTransport

# A published event is of no more use here, and payment requests hold a card's token.
KEEP_PUBLISHED = timedelta(0)


def background(settings: Settings, repositories: Repositories) -> Background:
    """What the mode needs; without a saga nothing."""
    if settings.saga_mode is Mode.OFF:
        return Background()
    stuck_after = timedelta(seconds=settings.saga_stuck_after_s)
    observed = ObservedState(lambda: repositories.sagas.stuck(stuck_after), repositories.history.lag_s)
    return Background(observed, *_messaging(settings, repositories), *_sagas(settings, repositories))


class ObservedState:
    """Lets the metrics read from the database as long as it is open."""

    def __init__(self, stuck: Callable[[], Mapping[str, int]], history_lag_s: Callable[[], float]) -> None:
        self._stuck = stuck
        self._history_lag_s = history_lag_s

    def start(self) -> None:
        metrics.state.read_from(self._stuck, self._history_lag_s)

    def stop(self, timeout_s: float = 0.0) -> bool:
        metrics.state.read_from(None, None)
        return True


def _messaging(settings: Settings, repositories: Repositories) -> Iterator[Part]:
    if not settings.broker_url:
        return
    broker, database = broker_from_url(settings.broker_url), repositories.database
    yield Relay(
        repositories.outbox, database, broker, keep=KEEP_PUBLISHED, stalled=faults.OUTBOX_STALLED.is_on
    )
    yield Consumer(
        broker,
        "order_history",
        [events.ORDER_EVENTS],
        events.history_handlers(repositories.history),
        database,
    )
    if settings.saga_mode is Mode.CHOREOGRAPHY:
        next_look = timedelta(seconds=settings.saga_stuck_after_s)
        handlers = events.saga_handlers(repositories.orders, repositories.sagas, next_look)
        yield Consumer(broker, "orders", [events.PAYMENT_EVENTS, events.STOCK_EVENTS], handlers, database)


def _sagas(settings: Settings, repositories: Repositories) -> Iterator[Part]:
    yield Repeated("saga reconciler", reconciler(settings, repositories).step)
    if settings.saga_mode is Mode.ORCHESTRATION:
        coordinator = _coordinator(settings, repositories)
        for number in range(settings.saga_workers):
            yield Repeated(f"saga coordinator {number}", coordinator.step, wake=repositories.sagas.due)


def reconciler(settings: Settings, repositories: Repositories) -> Reconciler:
    stuck_after, timeout = settings.saga_stuck_after_s, settings.saga_timeout_s
    patience = ReconcilerTimeouts(timedelta(seconds=stuck_after), timedelta(seconds=timeout))
    return Reconciler(
        repositories.orders,
        repositories.sagas,
        repositories.database,
        repositories.outbox,
        settings.saga_mode,
        patience,
    )


def _coordinator(settings: Settings, repositories: Repositories) -> Coordinator:
    timeouts = Timeouts(settings.connect_timeout_s, settings.saga_call_timeout_s)
    transport = HttpTransport("payments", settings.saga_workers)
    inventory = GrpcClient("inventory", settings.inventory_target, settings.saga_call_timeout_s)
    return Coordinator(
        repositories.orders,
        repositories.sagas,
        CardPayments(PaymentsClient(settings.payments_url, transport, timeouts)),
        ReservedStock(InventoryClient(inventory)),
        timedelta(seconds=settings.saga_lease_s),
    )
