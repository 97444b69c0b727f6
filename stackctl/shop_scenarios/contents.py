"""What is in a request of each kind: its path and its body, drawn from the catalogue and the seed."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from proof.traffic.planned import CREATED
from stackctl.shop_scenarios.catalogue import OWN_CATEGORY, Catalogue
from stackctl.shop_scenarios.clients import EMAIL, OWN_DOMAIN, OWN_ID, PASSWORD


@dataclass(frozen=True)
class Draw:
    """What the request number `n` of a run draws from."""

    rng: Random
    catalogue: Catalogue
    run_id: str
    n: int

    def some_id(self) -> str:
        """An id that nothing has."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


def email_of_new_user(run_id: str, n: int) -> str:
    """Of the user whom this request of a run registers."""
    return f"{run_id}-{n}@{OWN_DOMAIN}"


@dataclass(frozen=True)
class Content:
    path: str
    body: str | None = None


def at(path: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(path)


def _json(path: str, body: object) -> Content:
    return Content(path, json.dumps(body))


def page(path: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(f"{path}?page={draw.rng.randint(1, 3)}&limit={draw.rng.choice((5, 10, 20))}")


def unknown(collection: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(f"/{collection}/{draw.some_id()}")


def new_user(draw: Draw) -> Content:
    email = email_of_new_user(draw.run_id, draw.n)
    new = {"email": email, "name": "Traffic", "password": draw.some_id()}
    return _json("/users", new)


def taken_email(draw: Draw) -> Content:
    return _json("/users", {"email": draw.rng.choice(draw.catalogue.users).email, "name": "Somebody Else"})


def foreign_user(draw: Draw) -> Content:
    return Content(f"/users/{draw.rng.choice(draw.catalogue.users).user_id}")


def own_name(draw: Draw) -> Content:
    return _json(f"/users/{OWN_ID}", {"name": "Traffic"})


def login(draw: Draw) -> Content:
    return _json("/auth/token", {"email": EMAIL, "password": PASSWORD})


def wrong_password(draw: Draw) -> Content:
    email = draw.rng.choice(draw.catalogue.users).email
    return _json("/auth/token", {"email": email, "password": "not the password"})


def product(collection: str) -> Callable[[Draw], Content]:
    return lambda draw: Content(f"/{collection}/{draw.rng.choice(draw.catalogue.products).product_id}")


def search(draw: Draw) -> Content:
    category = draw.rng.choice(draw.catalogue.categories)
    sort = draw.rng.choice(("price_asc", "price_desc", "name_asc", "newest"))
    return Content(f"/products?category={category}&sort={sort}&limit=10")


def new_product(draw: Draw) -> Content:
    """The last by name, so that however many there are, the catalogue's own come first."""
    new = {
        "name": f"Zz {draw.run_id}-{draw.n}",
        "category": OWN_CATEGORY,
        "price_cents": draw.rng.randint(100, 9900),
    }
    return _json("/products", new)


def replaced_product(draw: Draw) -> Content:
    product = draw.rng.choice(draw.catalogue.products)
    body = {"name": product.name, "category": product.category, "price_cents": product.price_cents}
    return _json(f"/products/{product.product_id}", body)


def new_stock(draw: Draw) -> Content:
    return _json(f"/inventory/{CREATED}", {"available": draw.rng.randint(0, 100)})


def _order(product_ids: list[str], quantity: int, **more: str) -> Content:
    """Of a customer, who need not be named: the gateway knows."""
    items = [{"product_id": product_id, "quantity": quantity} for product_id in product_ids]
    return _json("/orders", {"items": items, **more})


def _products_to_buy(draw: Draw) -> list[str]:
    products = draw.catalogue.products
    wanted = draw.rng.sample(products, k=min(len(products), draw.rng.randint(1, 3)))
    return [product.product_id for product in wanted]


def good_order(draw: Draw) -> Content:
    return _order(_products_to_buy(draw), draw.rng.randint(1, 4), card_token="tok_visa")


def order_without_money(draw: Draw) -> Content:
    card = draw.rng.choice(("tok_declined", "tok_insufficient_funds", "tok_expired"))
    return _order(_products_to_buy(draw), 1, card_token=card)


def order_of_what_has_no_stock(draw: Draw) -> Content:
    return _order([CREATED, *_products_to_buy(draw)], 1, card_token="tok_visa")


def order_for_nobody(draw: Draw) -> Content:
    return _order(_products_to_buy(draw), 1, user_id=draw.some_id())


def order_of_nothing(draw: Draw) -> Content:
    return _order([*_products_to_buy(draw), draw.some_id()], 1)


def order_of_none(draw: Draw) -> Content:
    return _order(_products_to_buy(draw), 0)


def broken_order(draw: Draw) -> Content:
    return Content("/orders", '{"items": ')


def moved_to(status: str) -> Callable[[Draw], Content]:
    return lambda draw: _json(f"/orders/{CREATED}", {"status": status})
