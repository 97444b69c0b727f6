"""What the shop has when a run starts: what its requests name. Fetched before anything is measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from stackctl.errors import StackError
from stackctl.query import Shop
from stackctl.shop_scenarios.clients import OWN_DOMAIN

# What runs create is of this category, or has an address of theirs. It is left out, so that a seed means the
# same after any number of runs.
OWN_CATEGORY = "samples"

_MOST = 2000


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


def fetch_catalogue(shop: Shop, admin_token: str) -> Catalogue:
    users = [User(item["id"], item["email"], item["name"]) for item in shop.users(admin_token, _MOST)]
    products = [_product(item) for item in shop.products(_MOST)]
    return Catalogue(
        users=_some("users", [user for user in users if not user.email.endswith("@" + OWN_DOMAIN)]),
        products=_some("products", [product for product in products if product.category != OWN_CATEGORY]),
    )


def _product(item: Mapping[str, Any]) -> Product:
    return Product(item["id"], item["name"], item["category"], item["price_cents"])


def _some(what: str, found: list[T]) -> tuple[T, ...]:
    if not found:
        raise StackError(
            f"The shop has no {what} to ask for.",
            "./stack down --clean, then ./stack up: that fills it anew.",
        )
    return tuple(sorted(found, key=lambda item: item.name))
