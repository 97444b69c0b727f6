"""What requests and answers about payments look like."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from apps.payments.lifecycle import Status
from chassis.money import MAX_AMOUNT_CENTS
from chassis.schemas import Body, Id, PageQuery, PageResponse, ResponseModel

# The card network's stand-in for a card. A card's number does not fit it.
CardToken = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^tok_[a-z_]+$"), Field(examples=["tok_visa"])
]
ORDER_ID = "dc86247e-2868-50d4-870c-fe08230a4c9a"


class AuthorizationBody(Body):
    order_id: Id = Field(examples=[ORDER_ID])
    amount_cents: int = Field(ge=1, le=MAX_AMOUNT_CENTS, examples=[2650])
    card_token: CardToken


class CancellationBody(Body):
    order_id: Id = Field(examples=[ORDER_ID])


class PaymentQuery(PageQuery):
    order_id: Id | None = None


class PaymentResponse(ResponseModel):
    id: str = Field(examples=["5f53afa2-d671-5fd7-8058-7d500cefd870"])
    order_id: str = Field(examples=[ORDER_ID])
    amount_cents: int = Field(examples=[2650])
    captured_cents: int = Field(examples=[0])
    refunded_cents: int = Field(examples=[0])
    status: Status = Field(examples=[Status.AUTHORIZED])
    decline_reason: str | None = Field(examples=[None])
    created_at: datetime = Field(examples=["2026-01-21T10:00:00Z"])


class PaymentPageResponse(PageResponse[PaymentResponse]):
    pass
