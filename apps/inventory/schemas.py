"""What calls of inventory must look like: the limits that its interface states and its types cannot."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.schemas import Id

MAX_ITEMS = 50
MAX_QUANTITY = 1_000
MAX_LEVEL = 1_000_000_000


class RequestModel(BaseModel):
    """Made from the attributes of a message."""

    model_config = ConfigDict(from_attributes=True)


class ItemModel(RequestModel):
    product_id: Id
    quantity: int = Field(ge=1, le=MAX_QUANTITY)


class ReserveModel(RequestModel):
    order_id: Id
    items: Annotated[list[ItemModel], Field(min_length=1, max_length=MAX_ITEMS)]

    @field_validator("items")
    @classmethod
    def _each_product_once(cls, items: list[ItemModel]) -> list[ItemModel]:
        if len({item.product_id for item in items}) < len(items):
            raise ValueError("Name each product once, with its quantity.")
        return items

    def quantities(self) -> dict[str, int]:
        return {item.product_id: item.quantity for item in self.items}


class OrderModel(RequestModel):
    order_id: Id


class ProductsModel(RequestModel):
    product_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class LevelModel(RequestModel):
    product_id: Id
    available: int = Field(ge=0, le=MAX_LEVEL)
