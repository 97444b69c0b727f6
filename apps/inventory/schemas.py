"""What calls of inventory must look like: the limits that its interface states and its types cannot."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.schemas import Id

MAX_ITEMS = 50
MAX_QUANTITY = 1_000
MAX_LEVEL = 1_000_000_000


class Asked(BaseModel):
    """Made from the attributes of a message."""

    model_config = ConfigDict(from_attributes=True)


class AskedItem(Asked):
    product_id: Id
    quantity: int = Field(ge=1, le=MAX_QUANTITY)


class AskedReservation(Asked):
    order_id: Id
    items: Annotated[list[AskedItem], Field(min_length=1, max_length=MAX_ITEMS)]

    @field_validator("items")
    @classmethod
    def _each_product_once(cls, items: list[AskedItem]) -> list[AskedItem]:
        if len({item.product_id for item in items}) < len(items):
            raise ValueError("Name each product once, with its quantity.")
        return items

    def quantities(self) -> dict[str, int]:
        return {item.product_id: item.quantity for item in self.items}


class AskedOrder(Asked):
    order_id: Id


class AskedProducts(Asked):
    product_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class AskedLevel(Asked):
    product_id: Id
    available: int = Field(ge=0, le=MAX_LEVEL)
