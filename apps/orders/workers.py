"""The threads of orders: what goes on between the requests."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from apps.inventory.client import InventoryClient
from apps.orders import events, faults, metrics
from apps.orders.coordinator import Coordinator
from apps.orders.partners import CardPayments, ReservedStock
from apps.orders.reconciler import Patience, Reconciler
from apps.orders.saga import Mode
from apps.orders.settings import Settings
from apps.orders.stores import Stores
from apps.payments.client import PaymentsClient
from chassis.background import Background, Part, Repeated
from chassis.events import Consumer, Relay, broker_from_url
from chassis.grpc_peers import GrpcPeer
from chassis.peers import Timeouts
from chassis.transport import HttpTransport

# A published event is of no more use here, and payment requests hold a card's token.
KEEP_PUBLISHED = timedelta(0)


def background(settings: Settings, stores: Stores) -> Background:
    """What the mode needs; without a saga nothing."""
    if settings.saga_mode is Mode.OFF:
        return Background()
    stuck_after = timedelta(seconds=settings.saga_stuck_after_s)
    observed = ObservedState(lambda: stores.sagas.stuck(stuck_after), stores.history.lag_s)
    return Background(observed, *_messaging(settings, stores), *_sagas(settings, stores))


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


def _messaging(settings: Settings, stores: Stores) -> Iterator[Part]:
    if not settings.broker_url:
        return
    broker, database = broker_from_url(settings.broker_url), stores.database
    yield Relay(stores.outbox, database, broker, keep=KEEP_PUBLISHED, stalled=faults.OUTBOX_STALLED.is_on)
    yield Consumer(
        broker, "order_history", [events.ORDER_EVENTS], events.history_handlers(stores.history), database
    )
    if settings.saga_mode is Mode.CHOREOGRAPHY:
        next_look = timedelta(seconds=settings.saga_stuck_after_s)
        handlers = events.saga_handlers(stores.orders, stores.sagas, next_look)
        yield Consumer(broker, "orders", [events.PAYMENT_EVENTS, events.STOCK_EVENTS], handlers, database)


def _sagas(settings: Settings, stores: Stores) -> Iterator[Part]:
    yield Repeated("saga reconciler", reconciler(settings, stores).step)
    if settings.saga_mode is Mode.ORCHESTRATION:
        coordinator = _coordinator(settings, stores)
        for number in range(settings.saga_workers):
            yield Repeated(f"saga coordinator {number}", coordinator.step, wake=stores.sagas.due)


def reconciler(settings: Settings, stores: Stores) -> Reconciler:
    stuck_after, timeout = settings.saga_stuck_after_s, settings.saga_timeout_s
    patience = Patience(timedelta(seconds=stuck_after), timedelta(seconds=timeout))
    return Reconciler(
        stores.orders, stores.sagas, stores.database, stores.outbox, settings.saga_mode, patience
    )


def _coordinator(settings: Settings, stores: Stores) -> Coordinator:
    timeouts = Timeouts(settings.connect_timeout_s, settings.saga_call_timeout_s)
    transport = HttpTransport("payments", settings.saga_workers)
    inventory = GrpcPeer("inventory", settings.inventory_target, settings.saga_call_timeout_s)
    return Coordinator(
        stores.orders,
        stores.sagas,
        CardPayments(PaymentsClient(settings.payments_url, transport, timeouts)),
        ReservedStock(InventoryClient(inventory)),
        timedelta(seconds=settings.saga_lease_s),
    )
