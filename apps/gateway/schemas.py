"""What requests and answers of the gateway's own routes look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from chassis.schemas import Answer, Body

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]


class TokenBody(Body):
    """Handed to users as it is: how an address or a password is read is for that service to say."""

    model_config = ConfigDict(str_strip_whitespace=False)

    email: Text
    password: Text


class TokenAnswer(Answer):
    """As RFC 6749, 5.1 has it."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int


class ProfileAnswer(Answer):
    id: str
    email: str
    name: str
    created_at: datetime


class OrderItemAnswer(Answer):
    product_id: str
    name: str
    quantity: int


class OrderAnswer(Answer):
    id: str
    status: str
    items: Sequence[OrderItemAnswer]
    total_cents: int
    created_at: datetime


class OverviewAnswer(Answer):
    """`missing` names the parts that could not be had: "profile", "orders". They are null then."""

    profile: ProfileAnswer | None
    orders: Sequence[OrderAnswer] | None
    partial: bool
    missing: Sequence[str]


class StockAnswer(Answer):
    product_id: str
    available: int


class StockLevelAnswer(StockAnswer):
    """For those who may set it; how much is sold is nobody else's business."""

    reserved: int
    sold: int


class StockBody(Body):
    available: int = Field(ge=0, le=1_000_000_000)
