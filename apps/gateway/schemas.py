"""What requests and answers of the gateway's own routes look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from chassis.schemas import Body, ResponseModel

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]


ID = Field(examples=["b98beb8e-24d7-5d5d-af9c-2e2185cd928d"])
PRODUCT_ID = Field(examples=["baa6004c-066b-5556-b3bc-c8eb9c0b8ae9"])
PLACED_AT = Field(examples=["2026-01-27T10:00:00Z"])


class TokenBody(Body):
    """Handed to users as it is: how an address or a password is read is for that service to say."""

    model_config = ConfigDict(str_strip_whitespace=False)

    email: Text = Field(examples=["ada@example.com"])
    password: Text = Field(examples=["correct horse battery staple"], repr=False)


class TokenResponse(ResponseModel):
    """As RFC 6749, 5.1 has it."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"])
    token_type: str = "Bearer"
    expires_in: int = Field(examples=[900])


class ProfileResponse(ResponseModel):
    id: str = ID
    email: str = Field(examples=["ada@example.com"])
    name: str = Field(examples=["Ada Lovelace"])
    created_at: datetime = Field(examples=["2026-01-05T09:00:00Z"])


class OrderItemResponse(ResponseModel):
    product_id: str = PRODUCT_ID
    name: str = Field(examples=["Compass"])
    quantity: int = Field(examples=[1])


class OrderResponse(ResponseModel):
    id: str = Field(examples=["c5713f20-c1b7-54ee-8284-5f455cb4e3dc"])
    status: str = Field(examples=["CONFIRMED"])
    items: Sequence[OrderItemResponse]
    total_cents: int = Field(examples=[2650])
    created_at: datetime = PLACED_AT


class OverviewResponse(ResponseModel):
    """`missing` names the parts that could not be had: "profile", "orders". They are null then."""

    profile: ProfileResponse | None
    orders: Sequence[OrderResponse] | None
    partial: bool = Field(examples=[False])
    missing: Sequence[str] = Field(examples=[[]])


class StockResponse(ResponseModel):
    product_id: str = PRODUCT_ID
    available: int = Field(examples=[12])


class StockLevelResponse(StockResponse):
    """For those who may set it; how much is sold is nobody else's business."""

    reserved: int = Field(examples=[2])
    sold: int = Field(examples=[3])


class StockBody(Body):
    available: int = Field(ge=0, le=1_000_000_000, examples=[12])
