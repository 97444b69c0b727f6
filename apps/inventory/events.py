"""What inventory does about the events of others, and what it tells of it (docs/saga.md): choreography.

Each outcome is told again when it is asked for again, so that whoever missed it the first time goes on.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from apps.inventory import faults
from apps.inventory.inventory import Inventory
from apps.inventory.settings import Settings
from apps.inventory.stock import OutOfStock, ReservationDiffers, ReservationEnded, Status
from apps.inventory.store import InventoryStore
from chassis.background import Background
from chassis.database import Database
from chassis.event_bodies import OfOrder, read_body
from chassis.events import Consumer, Handler, Message, Outbox, Poison, Relay, broker_from_url

STOCK_EVENTS = "stock_events"
# What its queue is bound to.
LISTENS_TO = ("payment_events", "order_events")


class PaymentAuthorized(OfOrder):
    """`items` are quantities by product."""

    items: dict[str, int]


def background(settings: Settings, database: Database, store: InventoryStore) -> Background:
    """The threads that react to events and tell of it."""
    if not (settings.broker_url and settings.reacts_to_events):
        return Background()
    outbox, broker = Outbox(), broker_from_url(settings.broker_url)
    handlers = Reactions(store, outbox).handlers()
    relay = Relay(outbox, database, broker)
    stalled = faults.CONSUMER_STALLED.is_on
    consumer = Consumer(broker, "inventory", LISTENS_TO, handlers, database, stalled=stalled)
    return Background(relay, consumer)


class Reactions:
    def __init__(self, store: InventoryStore, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "PaymentAuthorized": self._reserve,
            "OrderConfirmed": self._sell,
            "OrderCancelled": self._release,
        }

    def _reserve(self, session: Session, message: Message) -> None:
        paid = read_body(PaymentAuthorized, message)
        try:
            self._inventory(session).reserve(paid.order_id, paid.items)
        except (OutOfStock, ReservationEnded) as refusal:
            self._tell(session, "StockRejected", paid.order_id, reason=refusal.code)
        except ReservationDiffers as error:
            raise Poison(error.message) from error
        else:
            self._tell(session, "StockReserved", paid.order_id)

    def _sell(self, session: Session, message: Message) -> None:
        order_id = read_body(OfOrder, message).order_id
        try:
            reservation = self._inventory(session).confirm(order_id)
        except ReservationEnded:
            return  # it was cancelled since, and what tells of that has overtaken this
        self._tell(session, "StockSold", order_id, units=sum(reservation.items.values()))

    def _release(self, session: Session, message: Message) -> None:
        order_id = read_body(OfOrder, message).order_id
        reservation = self._inventory(session).release(order_id)
        held_some = reservation.status is Status.RELEASED
        units = sum(reservation.items.values()) if held_some else 0
        self._tell(session, "StockReleased", order_id, units=units)

    def _inventory(self, session: Session) -> Inventory:
        return Inventory(self._store.within(session))

    def _tell(self, session: Session, type: str, order_id: str, **facts: object) -> None:
        self._outbox.add(session, STOCK_EVENTS, type, {"order_id": order_id, **facts}, order_id)
