"""What requests and answers about orders look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from apps.orders.orders import Line, Search, Status
from chassis.schemas import Answer, Body, Id, Instant, PageAnswer, PageQuery

MAX_ITEMS = 50
MAX_QUANTITY = 1_000


class LineBody(Body):
    product_id: Id
    quantity: int = Field(ge=1, le=MAX_QUANTITY)


class OrderBody(Body):
    user_id: Id
    items: list[LineBody] = Field(min_length=1, max_length=MAX_ITEMS)

    @field_validator("items")
    @classmethod
    def _each_product_once(cls, items: list[LineBody]) -> list[LineBody]:
        """Two lines of one product are refused, not added up: it is more likely a mistake than a wish."""
        if len({item.product_id for item in items}) < len(items):
            raise ValueError("Name each product once, with its quantity.")
        return items

    def lines(self) -> list[Line]:
        return [Line(item.product_id, item.quantity) for item in self.items]


class StatusBody(Body):
    status: Annotated[Status, Strict(False)]  # strict would want the Python object; JSON has its name


class OrderQuery(PageQuery):
    user_id: Id | None = None
    status: Status | None = None
    placed_from: Instant | None = Field(None, alias="from")
    placed_to: Instant | None = Field(None, alias="to")

    @field_validator("placed_to")
    @classmethod
    def _ends_after_it_begins(cls, placed_to: datetime | None, info: ValidationInfo) -> datetime | None:
        placed_from = info.data.get("placed_from")
        if placed_from and placed_to and placed_to <= placed_from:
            raise ValueError("This is not after `from`.")
        return placed_to

    def search(self) -> Search:
        return Search(self.user_id, self.status, self.placed_from, self.placed_to)


class ItemAnswer(Answer):
    product_id: str
    name: str
    quantity: int
    unit_price_cents: int


class OrderAnswer(Answer):
    id: str
    user_id: str
    status: Status
    items: Sequence[ItemAnswer]
    total_cents: int
    created_at: datetime


class OrderPageAnswer(PageAnswer[OrderAnswer]):
    pass
