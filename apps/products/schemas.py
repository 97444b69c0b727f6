"""What requests and answers about products look like."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from apps.products.products import Search, Sort
from chassis.schemas import MAX_LIMIT, Answer, Body, Cents, Changes, Line, PageAnswer, PageQuery, Text, unset

Category = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9-]*$")]
# Several ids in one parameter, separated by commas; as many as one page can hold.
Ids = Annotated[
    str, StringConstraints(pattern=rf"^[A-Za-z0-9_-]{{1,64}}(,[A-Za-z0-9_-]{{1,64}}){{0,{MAX_LIMIT - 1}}}$")
]


class ProductBody(Body):
    name: Line
    category: Category
    price_cents: Cents
    description: Text = ""


class ProductChanges(Changes):
    name: Line = Field(default_factory=unset)
    category: Category = Field(default_factory=unset)
    price_cents: Cents = Field(default_factory=unset)
    description: Text = Field(default_factory=unset)


class ProductQuery(PageQuery):
    category: Category | None = None
    sort: Sort = Sort.NEWEST
    ids: Ids | None = None

    def search(self) -> Search:
        return Search(self.sort, self.category, tuple(self.ids.split(",")) if self.ids is not None else None)


class ProductAnswer(Answer):
    id: str
    name: str
    category: str
    price_cents: int
    description: str
    created_at: datetime


class ProductPageAnswer(PageAnswer[ProductAnswer]):
    pass
