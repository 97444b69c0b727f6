"""The neighbours of orders, without their services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from apps.products.client import Product
from chassis.errors import UpstreamFailed


@dataclass
class FakeCustomers:
    known: set[str] = field(default_factory=set)
    failure: UpstreamFailed | None = None
    calls: list[str] = field(default_factory=list)

    def exists(self, user_id: str) -> bool:
        self.calls.append(user_id)
        if self.failure is not None:
            raise self.failure
        return user_id in self.known

    def one(self) -> str:
        user_id = str(uuid4())
        self.known.add(user_id)
        return user_id


@dataclass
class FakeCatalogue:
    products: dict[str, Product] = field(default_factory=dict)
    failure: UpstreamFailed | None = None
    calls: list[Sequence[str]] = field(default_factory=list)

    def find(self, product_ids: Sequence[str]) -> Mapping[str, Product]:
        self.calls.append(product_ids)
        if self.failure is not None:
            raise self.failure
        return {
            product_id: self.products[product_id] for product_id in product_ids if product_id in self.products
        }

    def one(self, name: str = "Compass", price_cents: int = 2650) -> str:
        product = Product(id=str(uuid4()), name=name, price_cents=price_cents)
        self.products[product.id] = product
        return product.id
