"""What every kind of request leaves behind, as data: `traffic` sends it, `verify` and tests look for it.

One call is one HTTP request from one process to another. All three signals show it: a server span whose
parent lies in the caller, one access line of the callee, one increment of the callee's request counter.
"""

from dataclasses import dataclass

TRAFFIC = "traffic"
# Those that `traffic` reaches.
SERVICES = ("users", "products", "orders")
SIGNALS = ("traces", "logs", "metrics")

# The route of a request that matched none of the service's.
NO_ROUTE = ""


@dataclass(frozen=True, order=True)
class Served:
    """A request as its service shows it, in an access line and on the request counter."""

    service: str
    method: str
    route: str
    status: int

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.route or '(no route)'} {self.status}"


@dataclass(frozen=True, order=True)
class Call:
    """An edge of a trace: who called whom, for which route template, and the status that came back."""

    caller: str
    callee: str
    method: str
    route: str
    status: int

    @property
    def served(self) -> Served:
        return Served(self.callee, self.method, self.route, self.status)

    def __str__(self) -> str:
        return f"{self.caller} → {self.served}"


@dataclass(frozen=True)
class Kind:
    """A kind of request: where it goes, which statuses are right for it, what it calls further down."""

    name: str
    service: str
    method: str
    route: str
    statuses: tuple[int, ...]
    downstream: tuple[Call, ...] = ()

    def entry(self, status: int) -> Call:
        return Call(TRAFFIC, self.service, self.method, self.route, status)

    def calls(self, status: int) -> tuple[Call, ...]:
        """Every call of such a request, the entry first, when it was answered with this (expected) status."""
        return (self.entry(status), *self.downstream)


_USER_FOUND = Call("orders", "users", "GET", "/users/<user_id>", 200)
_USER_NOT_FOUND = Call("orders", "users", "GET", "/users/<user_id>", 404)
_PRODUCTS_FOUND = Call("orders", "products", "GET", "/products", 200)

_ALL = (
    Kind("user_list", "users", "GET", "/users", (200,)),
    Kind("user_get", "users", "GET", "/users/<user_id>", (200,)),
    Kind("user_get_unknown", "users", "GET", "/users/<user_id>", (404,)),
    Kind("user_create", "users", "POST", "/users", (201,)),
    Kind("user_create_email_taken", "users", "POST", "/users", (409,)),
    Kind("user_update", "users", "PATCH", "/users/<user_id>", (200,)),
    Kind("user_delete", "users", "DELETE", "/users/<user_id>", (204,)),
    Kind("product_list", "products", "GET", "/products", (200,)),
    Kind("product_search", "products", "GET", "/products", (200,)),
    Kind("product_search_bad_page", "products", "GET", "/products", (400, 422)),
    Kind("product_get", "products", "GET", "/products/<product_id>", (200,)),
    Kind("product_get_unknown", "products", "GET", "/products/<product_id>", (404,)),
    Kind("product_create", "products", "POST", "/products", (201,)),
    Kind("product_replace", "products", "PUT", "/products/<product_id>", (200,)),
    Kind("product_delete", "products", "DELETE", "/products/<product_id>", (204,)),
    Kind("product_wrong_route", "products", "GET", NO_ROUTE, (404,)),
    Kind("order_create", "orders", "POST", "/orders", (201,), (_USER_FOUND, _PRODUCTS_FOUND)),
    Kind("order_create_unknown_user", "orders", "POST", "/orders", (422,), (_USER_NOT_FOUND,)),
    Kind("order_create_unknown_product", "orders", "POST", "/orders", (422,), (_USER_FOUND, _PRODUCTS_FOUND)),
    Kind("order_create_bad_quantity", "orders", "POST", "/orders", (400, 422)),
    Kind("order_create_bad_json", "orders", "POST", "/orders", (400, 422)),
    Kind("order_list", "orders", "GET", "/orders", (200,)),
    Kind("order_get", "orders", "GET", "/orders/<order_id>", (200,)),
    Kind("order_get_unknown", "orders", "GET", "/orders/<order_id>", (404,)),
    Kind("order_confirm", "orders", "PATCH", "/orders/<order_id>", (200,)),
    Kind("order_deliver_too_early", "orders", "PATCH", "/orders/<order_id>", (409,)),
)
KINDS = {kind.name: kind for kind in _ALL}

# Who calls whom: what the service graph must show after mixed traffic.
EDGES = frozenset((call.caller, call.callee) for kind in _ALL for call in kind.calls(kind.statuses[0]))
