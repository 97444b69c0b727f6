"""What inventory does about the events of others, and the events it publishes (docs/saga.md): choreography.

An outcome is published again when it is requested again, so that whoever missed it can continue.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from apps.inventory import faults
from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from apps.inventory.settings import Settings
from apps.inventory.stock import OutOfStock, ReservationDiffers, ReservationEnded, Status
from chassis.background import Background
from chassis.database import Database
from chassis.event_bodies import OfOrder, read_body
from chassis.events import Consumer, Handler, Message, Outbox, PermanentError, Relay, broker_from_url

STOCK_EVENTS = "stock_events"
# What its queue is bound to.
LISTENS_TO = ("payment_events", "order_events")


class PaymentAuthorized(OfOrder):
    """`items` are quantities by product."""

    items: dict[str, int]


def background(settings: Settings, database: Database, repository: InventoryRepository) -> Background:
    """The threads that react to events and publish its own."""
    if not (settings.broker_url and settings.reacts_to_events):
        return Background()
    outbox, broker = Outbox(), broker_from_url(settings.broker_url)
    handlers = EventHandlers(repository, outbox).handlers()
    relay = Relay(outbox, database, broker)
    stalled = faults.CONSUMER_STALLED.is_on
    consumer = Consumer(broker, "inventory", LISTENS_TO, handlers, database, stalled=stalled)
    return Background(relay, consumer)


class EventHandlers:
    def __init__(self, repository: InventoryRepository, outbox: Outbox) -> None:
        self._repository = repository
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
            self._publish(session, "StockRejected", paid.order_id, reason=refusal.code)
        except ReservationDiffers as error:
            raise PermanentError(error.message) from error
        else:
            self._publish(session, "StockReserved", paid.order_id)

    def _sell(self, session: Session, message: Message) -> None:
        order_id = read_body(OfOrder, message).order_id
        try:
            reservation = self._inventory(session).confirm(order_id)
        except ReservationEnded:
            return  # it was cancelled since, and the event about that has overtaken this one
        self._publish(session, "StockSold", order_id, units=sum(reservation.items.values()))

    def _release(self, session: Session, message: Message) -> None:
        order_id = read_body(OfOrder, message).order_id
        reservation = self._inventory(session).release(order_id)
        held_some = reservation.status is Status.RELEASED
        units = sum(reservation.items.values()) if held_some else 0
        self._publish(session, "StockReleased", order_id, units=units)

    def _inventory(self, session: Session) -> Inventory:
        return Inventory(self._repository.within(session))

    def _publish(self, session: Session, type: str, order_id: str, **fields: object) -> None:
        self._outbox.add(session, STOCK_EVENTS, type, {"order_id": order_id, **fields}, order_id)
