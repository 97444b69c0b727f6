"""What requests and answers about orders look like."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from pydantic import Field, Strict, StringConstraints, ValidationInfo, field_validator

from apps.orders.order import Line, OrderRequest, Reason, Search, Status
from chassis.schemas import Body, Id, Instant, PageQuery, PageResponse, ResponseModel

MAX_ITEMS = 50
MAX_QUANTITY = 1_000


# The card network's stand-in for a card, as payments wants it. A card's number does not fit it.
CardToken = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^tok_[a-z_]+$"), Field(examples=["tok_visa"])
]

ID = Field(examples=["c5713f20-c1b7-54ee-8284-5f455cb4e3dc"])
USER_ID = Field(examples=["b98beb8e-24d7-5d5d-af9c-2e2185cd928d"])
PRODUCT_ID = Field(examples=["d0fbf4e1-66d7-5296-9407-62d52f6d5f26"])
CENTS = Field(examples=[6490])
ONE = Field(examples=[1])
NO_REASON = Field(examples=[None])
PENDING = Field(examples=[Status.PENDING])
PLACED_AT = Field(examples=["2026-01-27T10:00:00Z"])


class LineBody(Body):
    product_id: Id = PRODUCT_ID
    quantity: int = Field(ge=1, le=MAX_QUANTITY, examples=[1])


class OrderBody(Body):
    user_id: Id
    items: list[LineBody] = Field(min_length=1, max_length=MAX_ITEMS)
    card_token: CardToken | None = Field(None, repr=False)

    @field_validator("items")
    @classmethod
    def _each_product_once(cls, items: list[LineBody]) -> list[LineBody]:
        """Two lines of one product are refused, not added up: more likely a mistake than an intention."""
        if len({item.product_id for item in items}) < len(items):
            raise ValueError("Name each product once, with its quantity.")
        return items

    def order_request(self, default_card_token: str, idempotency_key: str | None) -> OrderRequest:
        """Its key is the client's and the user's, for this very order: another content is another order.

        Answers are forgotten after a day (chassis/idempotency_keys.py), what was ordered is not.
        """
        lines = [Line(item.product_id, item.quantity) for item in self.items]
        said = f"{idempotency_key} {self.model_dump_json()}"
        key = sha256(said.encode()).hexdigest() if idempotency_key else None
        return OrderRequest(self.user_id, lines, self.card_token or default_card_token, key)


class StatusBody(Body):
    # Strict would want the Python object; JSON has its name.
    status: Annotated[Status, Strict(False), Field(examples=[Status.CONFIRMED])]


class OrderQuery(PageQuery):
    user_id: Id | None = None
    status: Status | None = None
    placed_from: Instant | None = Field(None, alias="from")
    placed_to: Instant | None = Field(None, alias="to", examples=["2026-02-01T00:00:00Z"])

    @field_validator("placed_to")
    @classmethod
    def _ends_after_it_begins(cls, placed_to: datetime | None, info: ValidationInfo) -> datetime | None:
        placed_from = info.data.get("placed_from")
        if placed_from and placed_to and placed_to <= placed_from:
            raise ValueError("This is not after `from`.")
        return placed_to

    def search(self) -> Search:
        return Search(self.user_id, self.status, self.placed_from, self.placed_to)


class HistoryQuery(PageQuery):
    user_id: Id


class ItemResponse(ResponseModel):
    product_id: str = PRODUCT_ID
    name: str = Field(examples=["Desk Lamp"])
    quantity: int = ONE
    unit_price_cents: int = CENTS


class OrderResponse(ResponseModel):
    id: str = ID
    user_id: str = USER_ID
    status: Status = PENDING
    items: Sequence[ItemResponse]
    total_cents: int = CENTS
    created_at: datetime = PLACED_AT
    reason: Reason | None = NO_REASON


class OrderPageResponse(PageResponse[OrderResponse]):
    pass


class HistoryResponse(ResponseModel):
    """`units` counts the pieces, `changed_at` is when the order got its status."""

    order_id: str = ID
    status: Status = Field(examples=[Status.CONFIRMED])
    reason: Reason | None = NO_REASON
    units: int = ONE
    total_cents: int = CENTS
    placed_at: datetime = PLACED_AT
    changed_at: datetime = Field(examples=["2026-01-27T10:00:02Z"])


class HistoryPageResponse(PageResponse[HistoryResponse]):
    pass
