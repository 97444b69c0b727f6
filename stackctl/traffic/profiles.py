"""The mixes of requests: weights of the kinds, per mille."""

from collections.abc import Mapping

_BROWSE = {
    "product_list": 260,
    "product_search": 240,
    "product_get": 300,
    "user_get": 90,
    "user_list": 40,
    "product_get_unknown": 20,
    "order_list": 50,
}

_ORDERS = {
    "order_create": 400,
    "order_get": 220,
    "order_list": 90,
    "order_confirm": 120,
    "order_deliver_too_early": 20,
    "order_create_unknown_product": 20,
    "order_create_unknown_user": 10,
    "product_get": 80,
    "user_get": 40,
}

_ERRORS = {
    "user_get_unknown": 120,
    "user_create_email_taken": 100,
    "product_get_unknown": 120,
    "product_search_bad_page": 80,
    "product_wrong_route": 80,
    "order_get_unknown": 100,
    "order_create": 60,
    "order_create_unknown_user": 100,
    "order_create_unknown_product": 100,
    "order_create_bad_quantity": 60,
    "order_create_bad_json": 40,
    "order_deliver_too_early": 40,
}

# People look more than they buy, and a few requests in a hundred are wrong in each way that there is.
_MIXED = {
    "product_list": 150,
    "product_search": 130,
    "product_get": 170,
    "user_list": 30,
    "user_get": 90,
    "user_create": 25,
    "user_update": 15,
    "user_delete": 10,
    "product_create": 15,
    "product_replace": 10,
    "product_delete": 10,
    "order_create": 120,
    "order_get": 70,
    "order_list": 35,
    "order_confirm": 35,
    "user_get_unknown": 10,
    "user_create_email_taken": 8,
    "product_get_unknown": 15,
    "product_search_bad_page": 7,
    "product_wrong_route": 5,
    "order_get_unknown": 5,
    "order_create_unknown_user": 8,
    "order_create_unknown_product": 12,
    "order_create_bad_quantity": 5,
    "order_create_bad_json": 3,
    "order_deliver_too_early": 7,
}

PROFILES: Mapping[str, Mapping[str, int]] = {
    "mixed": _MIXED,
    "browse": _BROWSE,
    "orders": _ORDERS,
    "errors": _ERRORS,
}
