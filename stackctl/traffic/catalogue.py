"""What the shop has when a run starts: the ids that requests name. Fetched before anything is measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from stackctl import ports
from stackctl.errors import StackError
from stackctl.query import JsonApi

# What runs create bears these marks and is left out, so that a seed means the same after any number of runs.
OWN_DOMAIN = "traffic.example"
OWN_CATEGORY = "samples"

_PAGE = 100
_PAGES = 20


@dataclass(frozen=True)
class User:
    user_id: str
    email: str
    name: str


@dataclass(frozen=True)
class Product:
    product_id: str
    name: str
    category: str
    price_cents: int


T = TypeVar("T", User, Product)


@dataclass(frozen=True)
class Catalogue:
    users: tuple[User, ...]
    products: tuple[Product, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(sorted({product.category for product in self.products}))


def service_urls() -> dict[str, str]:
    return {name: ports.url(port) for name, port in ports.SERVICES.items()}


def fetch_catalogue(urls: Mapping[str, str]) -> Catalogue:
    """Read users and products from the services at these addresses (keys: users, products)."""
    users = [User(item["id"], item["email"], item["name"]) for item in _items(urls, "users")]
    products = [_product(item) for item in _items(urls, "products")]
    return Catalogue(
        users=_some("users", [user for user in users if not user.email.endswith("@" + OWN_DOMAIN)]),
        products=_some("products", [product for product in products if product.category != OWN_CATEGORY]),
    )


def _product(item: dict[str, Any]) -> Product:
    return Product(item["id"], item["name"], item["category"], item["price_cents"])


def _items(urls: Mapping[str, str], collection: str) -> Iterator[dict[str, Any]]:
    api = JsonApi(collection, urls[collection])
    for page in range(1, _PAGES + 1):
        answer = api.get(f"/{collection}", [("page", str(page)), ("limit", str(_PAGE))])
        yield from answer["items"]
        if page * _PAGE >= answer["total"]:
            return


def _some(what: str, found: list[T]) -> tuple[T, ...]:
    if not found:
        raise StackError(
            f"The shop has no {what} to ask for.",
            "./stack down --clean, then ./stack up: that fills it anew.",
        )
    return tuple(sorted(found, key=lambda item: item.name))
