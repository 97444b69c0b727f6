"""What notifications does about the events of others: it makes mails of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.orm import Session

from apps.notifications.notification import MailRefused, Notification, Template
from apps.notifications.notifications import Notifications
from chassis.event_bodies import read_body
from chassis.events import Handler, Message, PermanentError
from chassis.schemas import Id

QUEUE: Final = "notifications"
LISTENS_TO: Final = ("user_events", "order_events")

# The rules, as part of the transaction of this session.
Rules = Callable[[Session], Notifications]


class OfUser(BaseModel):
    user_id: Id

    @property
    def subject(self) -> dict[str, Any]:
        return {"user_id": self.user_id}


class Item(BaseModel):
    name: str
    quantity: int
    unit_price_cents: int


class OrderBody(OfUser):
    order_id: Id
    items: Sequence[Item]
    total_cents: int
    reason: str | None = None

    @property
    def subject(self) -> dict[str, Any]:
        variables = {"items": self.items, "total_cents": self.total_cents, "reason": self.reason}
        return {"user_id": self.user_id, "order_id": self.order_id, "variables": variables}


def handlers(rules: Rules) -> Mapping[str, Handler]:
    def mail(template: Template, model: type[OfUser]) -> Handler:
        def notify(session: Session, message: Message) -> None:
            body = read_body(model, message)
            notification = Notification(
                id=message.id, template=template, occurred_at=message.occurred_at, **body.subject
            )
            try:
                rules(session).notify(notification)
            except MailRefused as refusal:
                raise PermanentError(str(refusal)) from None

        return notify

    return {
        "UserRegistered": mail(Template.WELCOME, OfUser),
        "OrderConfirmed": mail(Template.ORDER_CONFIRMED, OrderBody),
        "OrderCancelled": mail(Template.ORDER_CANCELLED, OrderBody),
    }
