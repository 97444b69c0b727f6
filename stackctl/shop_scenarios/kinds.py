"""The kinds of requests that clients send to the gateway, and what each of them calls further down."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from proof.expectations.calls import ANY_STATUS, Call, over_grpc, over_http
from proof.ledger.rows import Row

TRAFFIC = "traffic"
GATEWAY = "gateway"

# The status of a call whose answer the gateway hands on.
_AS_ANSWERED = "as answered"
STOCK = "glasshouse.inventory.v1.InventoryService"


class OrderOutcome(StrEnum):
    """What is to become of an order."""

    CONFIRMED = "confirmed"
    PAYMENT_DECLINED = "payment_declined"
    OUT_OF_STOCK = "out_of_stock"


@dataclass(frozen=True)
class Kind:
    """A kind of request: which statuses are right for it, what the gateway and the services then call.

    `operation` is method and route template, as the gateway names them; without a route, the method alone.
    """

    name: str
    operation: str
    statuses: tuple[int, ...]
    downstream: tuple[Call, ...] = ()
    order_outcome: OrderOutcome | None = None

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0]

    @property
    def route(self) -> str:
        return self.operation.partition(" ")[2]

    def entry(self, status: int | str) -> Call:
        return over_http(TRAFFIC, GATEWAY, self.operation, status)

    def calls(self, status: int | str) -> tuple[Call, ...]:
        """Every call of such a request, the entry first, when it was answered with this (expected) status."""
        return (self.entry(status), *(_answered(call, str(status)) for call in self.downstream))


def calls_of(row: Row) -> tuple[Call, ...]:
    """Every call that a request makes, the entry first; without an answer, its status is open."""
    return KINDS[row.kind].calls(ANY_STATUS if row.status is None else row.status)


def _answered(call: Call, status: str) -> Call:
    if call.served.status != _AS_ANSWERED:
        return call
    return replace(call, served=replace(call.served, status=status))


def _refused(name: str, operation: str, status: int) -> Kind:
    """The gateway answers by itself."""
    return Kind(name, operation, (status,))


def _forwarded(
    service: str,
    name: str,
    operation: str,
    *statuses: int,
    then: tuple[Call, ...] = (),
    order_outcome: OrderOutcome | None = None,
) -> Kind:
    """The gateway asks one service and hands on its answer."""
    asked = over_http(GATEWAY, service, operation, _AS_ANSWERED)
    return Kind(name, operation, statuses, (asked, *then), order_outcome)


def _translated(name: str, operation: str, status: int, method: str, grpc_status: str = "OK") -> Kind:
    """JSON for the client, gRPC for inventory."""
    return Kind(
        name, operation, (status,), (over_grpc(GATEWAY, "inventory", f"{STOCK}/{method}", grpc_status),)
    )


def _accounts() -> Iterator[Kind]:
    users, user = "/users", "/users/<user_id>"
    yield _forwarded("users", "user_create", f"POST {users}", 201)
    yield _forwarded("users", "user_create_email_taken", f"POST {users}", 409)
    yield _forwarded("users", "user_list", f"GET {users}", 200)
    yield _forwarded("users", "user_get", f"GET {user}", 200)
    yield _forwarded("users", "user_get_unknown", f"GET {user}", 404)
    yield _forwarded("users", "user_update", f"PATCH {user}", 200)
    yield _forwarded("users", "user_delete", f"DELETE {user}", 204)
    yield _refused("user_get_forbidden", f"GET {user}", 403)
    yield Kind(
        "user_overview",
        f"GET {user}/overview",
        (200,),
        (over_http(GATEWAY, "users", f"GET {user}", 200), over_http(GATEWAY, "orders", "GET /orders", 200)),
    )
    verified = over_http(GATEWAY, "users", "POST /credentials/verify", _AS_ANSWERED)
    yield Kind("login", "POST /auth/token", (200,), (verified,))
    yield Kind("login_refused", "POST /auth/token", (401,), (verified,))


def _catalogue() -> Iterator[Kind]:
    products, product, stock = "/products", "/products/<product_id>", "/inventory/<product_id>"
    yield _forwarded("products", "product_list", f"GET {products}", 200)
    yield _forwarded("products", "product_search", f"GET {products}", 200)
    yield _forwarded("products", "product_search_bad_page", f"GET {products}", 422)
    yield _forwarded("products", "product_get", f"GET {product}", 200)
    yield _forwarded("products", "product_get_unknown", f"GET {product}", 404)
    yield _forwarded("products", "product_create", f"POST {products}", 201)
    yield _forwarded("products", "product_replace", f"PUT {product}", 200)
    yield _forwarded("products", "product_delete", f"DELETE {product}", 204)
    yield _refused("product_create_forbidden", f"POST {products}", 403)
    yield _translated("stock_get", f"GET {stock}", 200, "GetStock")
    yield _translated("stock_get_bad_id", f"GET {stock}", 422, "GetStock", "INVALID_ARGUMENT")
    yield _translated("stock_set", f"PUT {stock}", 200, "SetStock")
    yield _refused("wrong_route", "GET", 404)


def _orders() -> Iterator[Kind]:
    orders, order = "/orders", "/orders/<order_id>"
    user_found = over_http("orders", "users", "GET /users/<user_id>", 200)
    user_not_found = over_http("orders", "users", "GET /users/<user_id>", 404)
    checked = (user_found, over_http("orders", "products", "GET /products", 200))
    place = f"POST {orders}"
    yield _forwarded("orders", "order_create", place, 201, then=checked, order_outcome=OrderOutcome.CONFIRMED)
    yield _forwarded(
        "orders",
        "order_create_declined",
        place,
        201,
        then=checked,
        order_outcome=OrderOutcome.PAYMENT_DECLINED,
    )
    yield _forwarded(
        "orders",
        "order_create_out_of_stock",
        place,
        201,
        then=checked,
        order_outcome=OrderOutcome.OUT_OF_STOCK,
    )
    yield _forwarded("orders", "order_create_unknown_user", place, 422, then=(user_not_found,))
    yield _forwarded("orders", "order_create_unknown_product", place, 422, then=checked)
    yield _forwarded("orders", "order_create_bad_quantity", place, 422)
    yield _refused("order_create_bad_json", place, 400)
    yield _forwarded("orders", "order_list", f"GET {orders}", 200)
    yield _refused("order_list_unauthenticated", f"GET {orders}", 401)
    yield _refused("order_list_bad_token", f"GET {orders}", 401)
    yield _forwarded("orders", "order_get", f"GET {order}", 200)
    yield _forwarded("orders", "order_get_unknown", f"GET {order}", 404)
    # The gateway asks, sees that it is somebody else's, and says that there is none.
    yield Kind(
        "order_get_foreign", f"GET {order}", (404,), (over_http(GATEWAY, "orders", f"GET {order}", 200),)
    )
    # It may not be confirmed yet.
    yield _forwarded("orders", "order_ship", f"PATCH {order}", 200, 409)
    yield _forwarded("orders", "order_deliver_too_early", f"PATCH {order}", 409)
    yield _forwarded("orders", "order_history", "GET /orders/history", 200)


KINDS = {kind.name: kind for kind in (*_accounts(), *_catalogue(), *_orders())}
