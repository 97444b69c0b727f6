"""How a request of each kind is made: its content, its sender, and the earlier request that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proof.traffic.planned import CREATED
from stackctl.shop_scenarios import contents
from stackctl.shop_scenarios.clients import OWN_ID, By
from stackctl.shop_scenarios.contents import Content, Draw

# The gateway lets an address try 30 times a minute, and a run's set-up needs some of them.
_SECONDS_BETWEEN_LOGINS = 5.0


@dataclass(frozen=True)
class Recipe:
    """`needs` is the kind that must have created what the request names; `claims`: only one may use it."""

    make: Callable[[Draw], Content]
    by: By = By.ANYBODY
    needs: str | None = None
    claims: bool = False
    # The kind that is sent in its place when the creation failed.
    otherwise: str | None = None
    # Seconds from one such request to the next one to the same path.
    apart: float = 0.0


_ACCOUNTS: Mapping[str, Recipe] = {
    "user_create": Recipe(contents.new_user, By.NOBODY),
    "user_create_email_taken": Recipe(contents.taken_email, By.NOBODY),
    "user_list": Recipe(contents.page("/users"), By.ADMIN),
    "user_get": Recipe(contents.at(f"/users/{OWN_ID}"), By.CUSTOMER),
    "user_get_unknown": Recipe(contents.unknown("users"), By.ADMIN),
    "user_get_forbidden": Recipe(contents.foreign_user, By.CUSTOMER),
    "user_update": Recipe(contents.own_name, By.CUSTOMER),
    "user_delete": Recipe(
        contents.at(f"/users/{CREATED}"), By.ADMIN, "user_create", True, "user_get_unknown"
    ),
    "user_overview": Recipe(contents.at(f"/users/{OWN_ID}/overview"), By.CUSTOMER),
    "login": Recipe(contents.login, By.SIGNED_IN, apart=_SECONDS_BETWEEN_LOGINS),
    "login_refused": Recipe(contents.wrong_password, By.NOBODY, apart=_SECONDS_BETWEEN_LOGINS),
}

_CATALOGUE: Mapping[str, Recipe] = {
    "product_list": Recipe(contents.page("/products")),
    "product_search": Recipe(contents.search),
    "product_search_bad_page": Recipe(contents.at("/products?page=0")),
    "product_get": Recipe(contents.product("products")),
    "product_get_unknown": Recipe(contents.unknown("products")),
    "product_create": Recipe(contents.new_product, By.ADMIN),
    "product_create_forbidden": Recipe(contents.new_product, By.CUSTOMER),
    "product_replace": Recipe(contents.replaced_product, By.ADMIN),
    "product_delete": Recipe(
        contents.at(f"/products/{CREATED}"), By.ADMIN, "product_create", True, "product_get_unknown"
    ),
    "stock_get": Recipe(contents.product("inventory")),
    "stock_get_bad_id": Recipe(contents.at("/inventory/no.such.id")),
    "stock_set": Recipe(contents.new_stock, By.ADMIN, "product_create", True, "product_get_unknown"),
    "wrong_route": Recipe(contents.at("/product")),
}

_ORDERS: Mapping[str, Recipe] = {
    "order_create": Recipe(contents.good_order, By.CUSTOMER),
    "order_create_declined": Recipe(contents.order_without_money, By.CUSTOMER),
    "order_create_out_of_stock": Recipe(
        contents.order_of_what_has_no_stock,
        By.CUSTOMER,
        "product_create",
        True,
        "order_create_unknown_product",
    ),
    "order_create_unknown_user": Recipe(contents.order_for_nobody, By.ADMIN),
    "order_create_unknown_product": Recipe(contents.order_of_nothing, By.CUSTOMER),
    "order_create_bad_quantity": Recipe(contents.order_of_none, By.CUSTOMER),
    "order_create_bad_json": Recipe(contents.broken_order, By.CUSTOMER),
    "order_list": Recipe(contents.page("/orders"), By.CUSTOMER),
    "order_history": Recipe(contents.page("/orders/history"), By.CUSTOMER),
    "order_list_unauthenticated": Recipe(contents.at("/orders"), By.NOBODY),
    "order_list_bad_token": Recipe(contents.at("/orders"), By.STRANGER),
    "order_get": Recipe(
        contents.at(f"/orders/{CREATED}"), By.CREATOR, "order_create", False, "order_get_unknown"
    ),
    "order_get_foreign": Recipe(
        contents.at(f"/orders/{CREATED}"), By.ANOTHER, "order_create", False, "order_get_unknown"
    ),
    "order_get_unknown": Recipe(contents.unknown("orders"), By.CUSTOMER),
    "order_ship": Recipe(contents.moved_to("SHIPPED"), By.ADMIN, "order_create", True, "order_get_unknown"),
    "order_deliver_too_early": Recipe(
        contents.moved_to("DELIVERED"), By.ADMIN, "order_create", True, "order_get_unknown"
    ),
}

RECIPES: Mapping[str, Recipe] = {**_ACCOUNTS, **_CATALOGUE, **_ORDERS}
