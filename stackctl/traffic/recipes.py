"""How a request of each kind is made: its path, its body, and the earlier request whose creation it needs."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from stackctl.traffic.catalogue import OWN_CATEGORY, OWN_DOMAIN, Catalogue

# Stands in a path for the id that an earlier request of the run creates.
CREATED = "{created}"


@dataclass(frozen=True)
class Draw:
    """What a recipe draws from. `unique` differs between requests and between runs."""

    rng: Random
    catalogue: Catalogue
    unique: str

    def some_id(self) -> str:
        """An id that nothing has."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


@dataclass(frozen=True)
class Content:
    path: str
    body: str | None = None


@dataclass(frozen=True)
class Recipe:
    """`needs` is the kind that must have created what the path names; `claims`: only one may use it."""

    make: Callable[[Draw], Content]
    needs: str | None = None
    claims: bool = False
    # The kind that is sent in its place when the creation failed.
    otherwise: str | None = None


def _at(path: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(path)


def _json(path: str, body: object) -> Content:
    return Content(path, json.dumps(body))


def _page(path: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(f"{path}?page={draw.rng.randint(1, 3)}&limit={draw.rng.choice((5, 10, 20))}")


def _unknown(collection: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(f"/{collection}/{draw.some_id()}")


def _user(draw: Draw) -> Content:
    return Content(f"/users/{draw.rng.choice(draw.catalogue.users).user_id}")


def _new_user(draw: Draw) -> Content:
    return _json("/users", {"email": f"{draw.unique}@{OWN_DOMAIN}", "name": "Traffic"})


def _taken_email(draw: Draw) -> Content:
    return _json("/users", {"email": draw.rng.choice(draw.catalogue.users).email, "name": "Somebody Else"})


def _renamed_user(draw: Draw) -> Content:
    user = draw.rng.choice(draw.catalogue.users)
    return _json(f"/users/{user.user_id}", {"name": user.name})


def _product(draw: Draw) -> Content:
    return Content(f"/products/{draw.rng.choice(draw.catalogue.products).product_id}")


def _search(draw: Draw) -> Content:
    category = draw.rng.choice(draw.catalogue.categories)
    sort = draw.rng.choice(("price_asc", "price_desc", "name_asc", "newest"))
    return Content(f"/products?category={category}&sort={sort}&limit=10")


def _new_product(draw: Draw) -> Content:
    price = draw.rng.randint(100, 9900)
    return _json(
        "/products", {"name": f"Sample {draw.unique}", "category": OWN_CATEGORY, "price_cents": price}
    )


def _replaced_product(draw: Draw) -> Content:
    product = draw.rng.choice(draw.catalogue.products)
    body = {"name": product.name, "category": product.category, "price_cents": product.price_cents}
    return _json(f"/products/{product.product_id}", body)


def _order(user_id: str, product_ids: list[str], quantity: int) -> Content:
    items = [{"product_id": product_id, "quantity": quantity} for product_id in product_ids]
    return _json("/orders", {"user_id": user_id, "items": items})


def _products_to_buy(draw: Draw) -> list[str]:
    products = draw.catalogue.products
    wanted = draw.rng.sample(products, k=min(len(products), draw.rng.randint(1, 3)))
    return [product.product_id for product in wanted]


def _good_order(draw: Draw) -> Content:
    user = draw.rng.choice(draw.catalogue.users)
    return _order(user.user_id, _products_to_buy(draw), draw.rng.randint(1, 4))


def _order_by_nobody(draw: Draw) -> Content:
    return _order(draw.some_id(), _products_to_buy(draw), 1)


def _order_of_nothing(draw: Draw) -> Content:
    user = draw.rng.choice(draw.catalogue.users)
    return _order(user.user_id, [*_products_to_buy(draw), draw.some_id()], 1)


def _order_of_none(draw: Draw) -> Content:
    return _order(draw.rng.choice(draw.catalogue.users).user_id, _products_to_buy(draw), 0)


def _orders_of_user(draw: Draw) -> Content:
    return Content(f"/orders?user_id={draw.rng.choice(draw.catalogue.users).user_id}&limit=10")


def _moved_to(status: str) -> Callable[[Draw], Content]:
    return lambda draw: _json(f"/orders/{CREATED}", {"status": status})


RECIPES: Mapping[str, Recipe] = {
    "user_list": Recipe(_page("/users")),
    "user_get": Recipe(_user),
    "user_get_unknown": Recipe(_unknown("users")),
    "user_create": Recipe(_new_user),
    "user_create_email_taken": Recipe(_taken_email),
    "user_update": Recipe(_renamed_user),
    "user_delete": Recipe(_at(f"/users/{CREATED}"), "user_create", True, "user_get_unknown"),
    "product_list": Recipe(_page("/products")),
    "product_search": Recipe(_search),
    "product_search_bad_page": Recipe(_at("/products?page=0")),
    "product_get": Recipe(_product),
    "product_get_unknown": Recipe(_unknown("products")),
    "product_create": Recipe(_new_product),
    "product_replace": Recipe(_replaced_product),
    "product_delete": Recipe(_at(f"/products/{CREATED}"), "product_create", True, "product_get_unknown"),
    "product_wrong_route": Recipe(_at("/product")),
    "order_create": Recipe(_good_order),
    "order_create_unknown_user": Recipe(_order_by_nobody),
    "order_create_unknown_product": Recipe(_order_of_nothing),
    "order_create_bad_quantity": Recipe(_order_of_none),
    "order_create_bad_json": Recipe(lambda draw: Content("/orders", '{"user_id": ')),
    "order_list": Recipe(_orders_of_user),
    "order_get": Recipe(_at(f"/orders/{CREATED}"), "order_create", False, "order_get_unknown"),
    "order_get_unknown": Recipe(_unknown("orders")),
    "order_confirm": Recipe(_moved_to("CONFIRMED"), "order_create", True, "order_get_unknown"),
    "order_deliver_too_early": Recipe(_moved_to("DELIVERED"), "order_create", True, "order_get_unknown"),
}
