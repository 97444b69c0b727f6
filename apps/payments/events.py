"""What payments does about the events of orders, and the events it publishes (docs/saga.md): choreography.

An outcome is published again when it is requested again, so that whoever missed it can continue.
"""

from collections.abc import Mapping

from pydantic import Field
from sqlalchemy.orm import Session

from apps.payments.lifecycle import RETURNED, Status
from apps.payments.payments import (
    AmountDiffers,
    CardProcessor,
    InvalidTransition,
    OrderCancelled,
    Payment,
    PaymentNotFound,
    Payments,
)
from apps.payments.repository import PaymentRepository
from apps.payments.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.event_bodies import OfOrder, read_body
from chassis.events import Consumer, Handler, Message, Outbox, PermanentError, Relay, Retry, broker_from_url

PAYMENT_EVENTS = "payment_events"
# What its queue is bound to.
LISTENS_TO = ("payment_requests", "order_events")


class PaymentRequested(OfOrder):
    """`items` are quantities by product: they go on with the outcome to whoever reserves them."""

    total_cents: int
    items: dict[str, int]
    card_token: str | None = Field(repr=False)


class Confirmed(OfOrder):
    total_cents: int | None = None


def background(
    settings: Settings, database: Database, repository: PaymentRepository, processor: CardProcessor
) -> Background:
    """The threads that react to events and publish its own."""
    if not (settings.broker_url and settings.reacts_to_events):
        return Background()
    outbox, broker = Outbox(), broker_from_url(settings.broker_url)
    handlers = EventHandlers(repository, processor, outbox).handlers()
    relay = Relay(outbox, database, broker)
    return Background(relay, Consumer(broker, "payments", LISTENS_TO, handlers, database))


class EventHandlers:
    def __init__(self, repository: PaymentRepository, processor: CardProcessor, outbox: Outbox) -> None:
        self._repository = repository
        self._processor = processor
        self._outbox = outbox

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "PaymentRequested": self._authorize,
            "OrderConfirmed": self._capture,
            "OrderCancelled": self._give_back,
        }

    def _authorize(self, session: Session, message: Message) -> None:
        request = read_body(PaymentRequested, message)
        if request.total_cents == 0:  # nothing to pay, whatever the card: as the coordinator has it
            self._publish(session, "PaymentAuthorized", request.order_id, items=request.items)
            return
        try:
            payment = self._payment(session, request)
        except OrderCancelled:
            self._publish(session, "PaymentDeclined", request.order_id, reason=OrderCancelled.code)
        except AmountDiffers as error:
            raise PermanentError(error.message) from error
        else:
            self._publish_outcome(session, request, payment)

    def _payment(self, session: Session, request: PaymentRequested) -> Payment:
        """Without a card, that which was authorized or declined before."""
        payments = self._payments(session)
        if request.card_token is not None:
            return payments.authorize(request.order_id, request.total_cents, request.card_token)
        try:
            payment = payments.of_order(request.order_id)
        except PaymentNotFound as error:
            raise PermanentError("no card is given, and there is no payment yet") from error
        if payment.status in RETURNED:
            raise OrderCancelled
        return payment

    def _publish_outcome(self, session: Session, request: PaymentRequested, payment: Payment) -> None:
        if payment.status is Status.DECLINED:
            self._publish(session, "PaymentDeclined", request.order_id, reason=payment.decline_reason)
        elif payment.status is Status.PENDING:
            raise Retry("somebody else is authorizing it")
        else:
            self._publish(session, "PaymentAuthorized", request.order_id, items=request.items)

    def _capture(self, session: Session, message: Message) -> None:
        confirmed = read_body(Confirmed, message)
        if confirmed.total_cents == 0:
            return
        order_id, payments = confirmed.order_id, self._payments(session)
        try:
            payment = payments.capture(payments.of_order(order_id).id)
        except InvalidTransition:
            return  # it was cancelled since, and the event about that has overtaken this one
        self._publish(session, "PaymentCaptured", order_id, amount_cents=payment.captured_cents)

    def _give_back(self, session: Session, message: Message) -> None:
        order_id = read_body(OfOrder, message).order_id
        payment = self._payments(session).cancel_for_order(order_id)
        amount_cents = 0 if payment.status is Status.DECLINED else payment.amount_cents
        self._publish(session, "PaymentReturned", order_id, amount_cents=amount_cents)

    def _payments(self, session: Session) -> Payments:
        return Payments(self._repository.within(session), self._processor)

    def _publish(self, session: Session, type: str, order_id: str, **fields: object) -> None:
        self._outbox.add(session, PAYMENT_EVENTS, type, {"order_id": order_id, **fields}, order_id)
