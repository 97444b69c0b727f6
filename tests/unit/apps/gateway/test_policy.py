"""Who may do what: every rule of the policy for everybody. What has no rule is not there."""

import json

import pytest
from flask import Response
from flask.testing import FlaskClient

from apps.gateway.policy import FORWARDED, OWN, RULES, Access, Rule
from chassis.tokens import Identity, Tokens
from tests.unit.apps.gateway.conftest import ADA, ADMIN, Headers, OpenGateway, bearer
from tests.unit.chassis.fake_servers import FakeServer

CALLERS = {"nobody": None, "ada": ADA, "eve": Identity("eve"), "admin": ADMIN}
LET_THROUGH = 0
# Whom each kind of rule lets through to what is ada's.
EXPECTED: dict[Access, dict[str, int]] = {
    Access.OPEN: dict.fromkeys(CALLERS, LET_THROUGH),
    Access.ADMIN: {"nobody": 401, "ada": 403, "eve": 403, "admin": LET_THROUGH},
    Access.SELF: {"nobody": 401, "ada": LET_THROUGH, "eve": 403, "admin": LET_THROUGH},
    Access.OWN_LIST: {"nobody": 401, "ada": LET_THROUGH, "eve": LET_THROUGH, "admin": LET_THROUGH},
    Access.OWN_ITEM: {"nobody": 401, "ada": LET_THROUGH, "eve": 404, "admin": LET_THROUGH},
    # Of a body that asks for anything but that.
    Access.OWN_CANCELLATION: {"nobody": 401, "ada": 403, "eve": 403, "admin": LET_THROUGH},
    Access.OWN_BODY: {"nobody": 401, "ada": LET_THROUGH, "eve": 403, "admin": LET_THROUGH},
}


@pytest.fixture
def users(users: FakeServer) -> FakeServer:
    profile = {"id": "ada", "email": "ada@example.com", "name": "Ada", "created_at": "2026-01-01T00:00:00Z"}
    users.answer = lambda: Response(json.dumps(profile), content_type="application/json")
    return users


@pytest.fixture
def orders(orders: FakeServer) -> FakeServer:
    answer = '{"user_id": "ada", "items": []}'
    orders.answer = lambda: Response(answer, content_type="application/json")
    return orders


def path_of(rule: Rule) -> str:
    path = rule.path.replace("<user_id>", "ada").replace("<product_id>", "p1").replace("<order_id>", "o1")
    return path.replace("<name>", "page.js")


def headers_of(tokens: Tokens, caller: str) -> Headers:
    identity = CALLERS[caller]
    return bearer(tokens.issue(identity)) if identity else {}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: f"{rule.method} {rule.path}")
def test_each_rule_lets_through_whom_it_says(client: FlaskClient, tokens: Tokens, rule: Rule) -> None:
    found = {}
    for caller in CALLERS:
        answer = client.open(
            path_of(rule),
            method=rule.method,
            json={"user_id": "ada", "available": 1, "email": "a", "password": "b"}
            if rule.method not in ("GET", "DELETE")
            else None,
            headers=headers_of(tokens, caller),
        )
        answer.close()  # of the files of /docs
        refused = answer.status_code in (401, 403, 404) and rule.path != "/auth/token"
        found[caller] = answer.status_code if refused else LET_THROUGH
    assert found == EXPECTED[rule.access]


@pytest.mark.parametrize("rule", FORWARDED, ids=lambda rule: f"{rule.method} {rule.path}")
def test_what_is_refused_never_reaches_the_service(
    client: FlaskClient,
    tokens: Tokens,
    users: FakeServer,
    products: FakeServer,
    orders: FakeServer,
    rule: Rule,
) -> None:
    servers = {"users": users, "products": products, "orders": orders}
    for caller, outcome in EXPECTED[rule.access].items():
        servers[rule.service].seen.clear()
        client.open(
            path_of(rule),
            method=rule.method,
            json={"user_id": "ada"} if rule.method == "POST" else None,
            headers=headers_of(tokens, caller),
        )
        reached = [seen.method for seen in servers[rule.service].seen]
        # Whose an order is, only the order itself can say.
        asked = outcome in (LET_THROUGH, 404)
        assert (caller, reached) == (caller, [rule.method] if asked else [])


def test_every_route_has_a_rule_and_every_rule_a_route(open_gateway: OpenGateway) -> None:
    routes = {
        (method, route.rule)
        for route in open_gateway().url_map.iter_rules()
        for method in route.methods or ()
        if method not in ("HEAD", "OPTIONS") and route.rule not in ("/healthz", "/readyz")
    }
    assert routes == set(RULES)


def test_only_what_is_forwarded_can_be_confined_to_what_is_ones_own() -> None:
    assert {rule.access for rule in OWN} <= {Access.OPEN, Access.ADMIN, Access.SELF}


def test_a_route_without_a_rule_is_closed(open_gateway: OpenGateway, as_admin: Headers) -> None:
    app = open_gateway()
    app.add_url_rule("/forgotten", view_func=lambda: "secret")
    answer = app.test_client().get("/forgotten", headers=as_admin)
    assert (answer.status_code, b"secret" in answer.data) == (403, False)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/payments",
        "/payments/1",
        "/notifications",
        "/admin",
        "/users/ada/credentials",
        "/credentials/verify",
        "/users/",
        "//users/ada",
        "/users//ada",
        "/orders/o1/items",
        "/USERS",
    ],
)
def test_what_has_no_rule_is_not_there_even_for_admins(
    client: FlaskClient, as_admin: Headers, users: FakeServer, path: str
) -> None:
    for method in ("GET", "POST"):
        answer = client.open(path, method=method, headers=as_admin)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")
    assert users.seen == []


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/products"), ("PATCH", "/users"), ("TRACE", "/users")]
)
def test_a_method_without_a_rule_is_not_allowed(
    client: FlaskClient, as_admin: Headers, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers=as_admin)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_refusal_says_how_to_be_let_in(client: FlaskClient) -> None:
    answer = client.get("/orders")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="shop"'
    error = answer.get_json()["error"]
    assert (error["code"], error["request_id"]) == ("unauthenticated", answer.headers["X-Request-ID"])


def test_being_known_and_not_allowed_is_another_matter(client: FlaskClient, as_ada: Headers) -> None:
    answer = client.get("/users", headers=as_ada)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert "WWW-Authenticate" not in answer.headers


def test_health_is_for_everybody(client: FlaskClient) -> None:
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
