"""What requests and answers about products look like."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from apps.products.products import Search, Sort
from chassis.schemas import (
    MAX_LIMIT,
    Body,
    Cents,
    Changes,
    Line,
    PageQuery,
    PageResponse,
    ResponseModel,
    Text,
    unset,
)

ID = "baa6004c-066b-5556-b3bc-c8eb9c0b8ae9"
NAMED = Field(examples=["Compass"])
DESCRIBED = Field(examples=["With declination adjustment."])

Name = Annotated[Line, NAMED]
Category = Annotated[
    str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9-]*$"), Field(examples=["outdoor"])
]
Description = Annotated[Text, DESCRIBED]
# Several ids in one parameter, separated by commas; as many as one page can hold.
Ids = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9_-]{{1,64}}(,[A-Za-z0-9_-]{{1,64}}){{0,{MAX_LIMIT - 1}}}$"),
    Field(examples=[ID]),
]


class ProductBody(Body):
    name: Name
    category: Category
    price_cents: Cents
    description: Description = ""


class ProductChanges(Changes):
    name: Name = Field(default_factory=unset)
    category: Category = Field(default_factory=unset)
    price_cents: Cents = Field(default_factory=unset)
    description: Description = Field(default_factory=unset)


class ProductQuery(PageQuery):
    category: Category | None = None
    sort: Sort = Sort.NEWEST
    ids: Ids | None = None

    def search(self) -> Search:
        return Search(self.sort, self.category, tuple(self.ids.split(",")) if self.ids is not None else None)


class ProductResponse(ResponseModel):
    id: str = Field(examples=[ID])
    name: str = NAMED
    category: str = Field(examples=["outdoor"])
    price_cents: int = Field(examples=[2650])
    description: str = DESCRIBED
    created_at: datetime = Field(examples=["2026-01-03T02:00:00Z"])


class ProductPageResponse(PageResponse[ProductResponse]):
    pass
