"""How other services ask products."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from chassis.http_client import HttpClient


class Product(BaseModel):
    """As much of a product as other services need."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    price_cents: int


class ProductList(BaseModel):
    items: list[Product]


class ProductsClient:
    def __init__(self, peer: HttpClient) -> None:
        self._peer = peer

    def find(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """Those of the products that exist, by id; up to 100 in one call."""
        query = {"ids": ",".join(product_ids), "limit": str(len(product_ids))}
        return {product.id: product for product in self._peer.get("/products", ProductList, query).items}
