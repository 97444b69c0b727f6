"""The mixes of requests: weights of the kinds, per mille."""

from collections.abc import Mapping

from stackctl.errors import StackError
from stackctl.shop_scenarios.kinds import GATEWAY, KINDS

_BROWSE = {
    "product_list": 250,
    "product_search": 230,
    "product_get": 270,
    "stock_get": 100,
    "user_get": 40,
    "user_overview": 40,
    "product_get_unknown": 20,
    "order_list": 20,
    "order_history": 30,
}

_ORDERS = {
    "order_create": 380,
    "order_get": 200,
    "order_list": 40,
    "user_overview": 40,
    "product_create": 40,
    "product_get": 80,
    "stock_get": 40,
    "order_create_unknown_product": 20,
    "order_create_unknown_user": 10,
    "order_get_foreign": 10,
    "order_deliver_too_early": 20,
    "order_create_declined": 50,
    "order_create_out_of_stock": 30,
    "order_history": 20,
    "order_ship": 20,
}

_ERRORS = {
    "user_get_unknown": 80,
    "user_get_forbidden": 60,
    "user_create_email_taken": 80,
    "login_refused": 20,
    "product_get_unknown": 80,
    "product_search_bad_page": 60,
    "product_create_forbidden": 60,
    "stock_get_bad_id": 60,
    "wrong_route": 60,
    "order_get_unknown": 60,
    "order_get_foreign": 40,
    "order_list_unauthenticated": 60,
    "order_list_bad_token": 40,
    "order_create": 60,
    "order_create_unknown_user": 50,
    "order_create_unknown_product": 50,
    "order_create_bad_quantity": 30,
    "order_create_bad_json": 20,
    "order_deliver_too_early": 10,
    "order_create_declined": 20,
}

# Orders and little else, whose sagas take all ways that there are.
_CHECKOUT = {
    "order_create": 830,
    "order_create_declined": 60,
    "order_create_out_of_stock": 50,
    "product_create": 60,
}

# People look more than they buy, and a few requests in a hundred are wrong in each way that there is.
_MIXED = {
    "product_list": 118,
    "product_search": 120,
    "product_get": 140,
    "stock_get": 60,
    "user_get": 40,
    "user_overview": 40,
    "user_list": 15,
    "user_create": 25,
    "user_update": 15,
    "user_delete": 10,
    "login": 10,
    "product_create": 30,
    "product_replace": 10,
    "product_delete": 8,
    "stock_set": 8,
    "order_create": 110,
    "order_get": 60,
    "order_list": 20,
    "user_get_unknown": 7,
    "user_get_forbidden": 7,
    "user_create_email_taken": 7,
    "login_refused": 5,
    "product_get_unknown": 10,
    "product_search_bad_page": 7,
    "product_create_forbidden": 6,
    "stock_get_bad_id": 6,
    "wrong_route": 6,
    "order_get_unknown": 5,
    "order_get_foreign": 6,
    "order_list_unauthenticated": 6,
    "order_list_bad_token": 6,
    "order_create_unknown_user": 7,
    "order_create_unknown_product": 9,
    "order_create_bad_quantity": 5,
    "order_create_bad_json": 3,
    "order_deliver_too_early": 8,
    "order_create_declined": 12,
    "order_create_out_of_stock": 10,
    "order_history": 15,
    "order_ship": 8,
}

PROFILES: Mapping[str, Mapping[str, int]] = {
    "mixed": _MIXED,
    "browse": _BROWSE,
    "orders": _ORDERS,
    "errors": _ERRORS,
    "checkout": _CHECKOUT,
}


def weights(profile: str) -> Mapping[str, int]:
    if profile not in PROFILES:
        raise StackError(f"There is no profile {profile}.", f"The profiles are: {', '.join(PROFILES)}")
    return PROFILES[profile]


def requests_to(service: str, profile: str) -> float:
    """How often the gateway asks a service, on average, for one request of this mix."""
    mix = weights(profile)
    asked = sum(
        weight * sum((call.caller, call.callee) == (GATEWAY, service) for call in KINDS[kind].downstream)
        for kind, weight in mix.items()
    )
    return asked / sum(mix.values())
