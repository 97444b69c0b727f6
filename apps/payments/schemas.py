"""What requests and answers about payments look like."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from apps.payments.lifecycle import Status
from chassis.schemas import Answer, Body, Id, PageAnswer, PageQuery

# The card network's stand-in for a card. A card's number does not fit it.
CardToken = Annotated[str, StringConstraints(max_length=64, pattern=r"^tok_[a-z_]+$")]


class AuthorizationBody(Body):
    order_id: Id
    amount_cents: int = Field(ge=1, le=1_000_000_000_000)
    card_token: CardToken


class CancellationBody(Body):
    order_id: Id


class PaymentQuery(PageQuery):
    order_id: Id | None = None


class PaymentAnswer(Answer):
    id: str
    order_id: str
    amount_cents: int
    captured_cents: int
    refunded_cents: int
    status: Status
    decline_reason: str | None
    created_at: datetime


class PaymentPageAnswer(PageAnswer[PaymentAnswer]):
    pass
