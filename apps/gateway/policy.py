"""Who may do what. It is the routing table, too: what is not listed here does not exist for clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

ADMIN_ROLE = "admin"


class Access(Enum):
    """Whom a rule lets through. Whoever has the role `admin` passes all of them, unconfined."""

    OPEN = "everybody"
    ADMIN = "the role admin"
    SELF = "the user whom the path names"
    OWN_LIST = "every user, who sees only what is theirs: the query's user_id is replaced"
    OWN_ITEM = "every user, for whom what is not theirs does not exist"
    OWN_BODY = "every user, for themselves: the body's user_id"
    OWN_CANCELLATION = "every user, who may cancel what is theirs as long as it is pending"


@dataclass(frozen=True)
class Rule:
    """`path` is a Flask rule; its first part names the service."""

    method: str
    path: str
    access: Access

    @property
    def service(self) -> str:
        return self.path.split("/")[1]


# Handed on to the service as they are.
FORWARDED = (
    Rule("POST", "/users", Access.OPEN),
    Rule("GET", "/users", Access.ADMIN),
    Rule("GET", "/users/<user_id>", Access.SELF),
    Rule("PUT", "/users/<user_id>", Access.SELF),
    Rule("PATCH", "/users/<user_id>", Access.SELF),
    Rule("DELETE", "/users/<user_id>", Access.SELF),
    Rule("GET", "/products", Access.OPEN),
    Rule("GET", "/products/<product_id>", Access.OPEN),
    Rule("POST", "/products", Access.ADMIN),
    Rule("PUT", "/products/<product_id>", Access.ADMIN),
    Rule("PATCH", "/products/<product_id>", Access.ADMIN),
    Rule("DELETE", "/products/<product_id>", Access.ADMIN),
    Rule("POST", "/orders", Access.OWN_BODY),
    Rule("GET", "/orders", Access.OWN_LIST),
    Rule("GET", "/orders/history", Access.OWN_LIST),
    Rule("GET", "/orders/<order_id>", Access.OWN_ITEM),
    Rule("PATCH", "/orders/<order_id>", Access.OWN_CANCELLATION),
)

# Answered by the gateway's own routes.
OWN = (
    Rule("POST", "/auth/token", Access.OPEN),
    Rule("GET", "/users/<user_id>/overview", Access.SELF),
    Rule("GET", "/inventory/<product_id>", Access.OPEN),
    Rule("PUT", "/inventory/<product_id>", Access.ADMIN),
    Rule("GET", "/openapi.json", Access.OPEN),
    Rule("GET", "/docs", Access.OPEN),
    Rule("GET", "/docs/<name>", Access.OPEN),
)

RULES: Mapping[tuple[str, str], Rule] = {(rule.method, rule.path): rule for rule in (*FORWARDED, *OWN)}


def rule_for(method: str, path: str) -> Rule | None:
    """HEAD is a GET whose body is not sent."""
    return RULES.get(("GET" if method == "HEAD" else method, path))
