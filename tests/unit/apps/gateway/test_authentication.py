"""Passwords are turned into tokens, and tokens into callers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient

from apps import gateway
from apps.gateway.settings import Settings
from apps.gateway.upstreams import Upstreams
from chassis.registry import Registry
from chassis.service import resolve
from chassis.tokens import Identity, Tokens
from glasshouse_telemetry.testing import CapturedMetrics, capture_logs, capture_metrics, capture_spans
from tests.unit.apps.gateway.conftest import KEY, Headers, OpenGateway, bearer
from tests.unit.apps.gateway.fakes import FakeCredentials, FakeInventory
from tests.unit.chassis.fake_clock import FakeClock
from tests.unit.chassis.fake_servers import FakeServer

ADA = {"email": "ada@example.com", "password": " secret pass "}
PROTECTED = "/orders"


@pytest.fixture
def credentials() -> FakeCredentials:
    return FakeCredentials({(ADA["email"], ADA["password"]): Identity("ada", frozenset({"customer"}))})


@pytest.fixture
def metrics(client: FlaskClient) -> Iterator[CapturedMetrics]:
    with capture_metrics() as captured:
        yield captured


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_who_knows_the_password_gets_a_token_that_lets_them_in(
    client: FlaskClient, tokens: Tokens, metrics: CapturedMetrics
) -> None:
    answer = client.post("/auth/token", json=ADA)
    body = answer.get_json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert tokens.read(body["access_token"]) == Identity("ada", frozenset({"customer"}))
    assert client.get(PROTECTED, headers=bearer(body["access_token"])).status_code == 200
    assert metrics.increase("gateway_tokens_issued_total") == 1


@pytest.mark.parametrize(
    "changed", [{"password": "wrong"}, {"email": "nobody@example.com"}, {"password": ADA["password"].strip()}]
)
def test_who_does_not_gets_none_and_does_not_learn_why(
    client: FlaskClient, metrics: CapturedMetrics, changed: dict[str, str]
) -> None:
    answer = client.post("/auth/token", json=ADA | changed)
    assert error_of(answer) == (401, "bad_credentials")
    assert answer.get_json()["error"]["message"] == "This e-mail address and password do not belong together."
    assert "WWW-Authenticate" in answer.headers
    assert metrics.increase("gateway_auth_failures_total", reason="bad_credentials") == 1


@pytest.mark.parametrize(
    "body", [{}, {"email": "a"}, ADA | {"password": 7}, ADA | {"password": ""}, ADA | {"more": 1}, [], "text"]
)
def test_half_a_request_is_not_valid(client: FlaskClient, body: Any) -> None:
    assert error_of(client.post("/auth/token", json=body)) == (422, "validation_failed")


def test_no_password_and_no_token_is_in_any_signal(client: FlaskClient) -> None:
    with capture_logs() as lines, capture_spans() as spans:
        token = client.post("/auth/token", json=ADA).get_json()["access_token"]
        client.post("/auth/token", json=ADA | {"password": "wrong pass"})
        client.post("/auth/token", json={"password": ADA["password"]})
        client.get(PROTECTED, headers=bearer(token))
        client.get(PROTECTED, headers=bearer(token + "x"))
    told = [str(lines), *(span.to_json() for span in spans), client.get("/metrics").text]
    secrets = ("secret pass", "wrong pass", "ada@example.com", token, KEY)
    assert len(lines) >= 5
    assert [(secret, text) for text in told for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    ("authorization", "reason", "message"),
    [
        ("Bearer", "malformed", "The access token is not valid."),
        ("Bearer ", "malformed", "The access token is not valid."),
        ("Bearer x", "malformed", "The access token is not valid."),
        ("Basic YWRhOnNlY3JldA==", "malformed", "The access token is not valid."),
        ("é", "malformed", "The access token is not valid."),
        (
            f"Bearer {Tokens(['x' * 32], 900).issue(Identity('ada'))}",
            "bad_signature",
            "The access token is not valid.",
        ),
        (
            f"Bearer {Tokens([KEY], 900, FakeClock(1e6)).issue(Identity('ada'))}",
            "expired",
            "The access token has expired.",
        ),
        (
            f"Bearer {Tokens([KEY], 900, FakeClock(4e9)).issue(Identity('ada'))}",
            "not_yet_valid",
            "The access token is not valid yet.",
        ),
    ],
    ids=["no token", "empty", "nonsense", "Basic", "not ASCII", "forged", "expired", "of the future"],
)
@pytest.mark.parametrize("path", [PROTECTED, "/products", "/no/such/route"])
def test_a_token_that_is_not_valid_is_refused_everywhere(
    client: FlaskClient,
    orders: FakeServer,
    products: FakeServer,
    metrics: CapturedMetrics,
    authorization: str,
    reason: str,
    message: str,
    path: str,
) -> None:
    answer = client.get(path, headers={"Authorization": authorization})
    assert error_of(answer) == (401, "unauthenticated")
    expected = f'Bearer realm="shop", error="invalid_token", error_description="{message}"'
    assert answer.headers["WWW-Authenticate"] == expected
    assert metrics.increase("gateway_auth_failures_total", reason=reason) == 1
    assert orders.seen == products.seen == []


def test_the_scheme_is_read_in_any_case(client: FlaskClient, tokens: Tokens) -> None:
    token = tokens.issue(Identity("ada"))
    for scheme in ("bearer", "BEARER"):
        assert client.get(PROTECTED, headers={"Authorization": f"{scheme}  {token}"}).status_code == 200


def test_refusals_are_counted_by_reason(
    client: FlaskClient, as_ada: Headers, metrics: CapturedMetrics
) -> None:
    client.get(PROTECTED)
    client.get("/users", headers=as_ada)
    client.post("/orders", json={"user_id": "eve"}, headers=as_ada)
    client.get("/products")
    reasons = ("missing", "forbidden", "expired")
    counted = [metrics.increase("gateway_auth_failures_total", reason=reason) for reason in reasons]
    assert counted == [1, 2, 0]


def test_while_keys_rotate_tokens_of_both_are_let_in(open_gateway: OpenGateway, tokens: Tokens) -> None:
    client = open_gateway(token_keys=("n" * 32, KEY)).test_client()
    new = client.post("/auth/token", json=ADA).get_json()["access_token"]
    for token in (new, tokens.issue(Identity("ada"))):
        assert client.get(PROTECTED, headers=bearer(token)).status_code == 200


@pytest.fixture
def client_of_users(registry: Registry, inventory: FakeInventory) -> Iterator[FlaskClient]:
    """Of a gateway that asks users, as it does outside of tests."""
    app = gateway.create_app(Settings((KEY,), services=registry), inventory=inventory)
    yield app.test_client()
    resolve(Upstreams, app).close()


def test_users_is_asked_whose_a_password_is(
    client_of_users: FlaskClient, users: FakeServer, tokens: Tokens
) -> None:
    users.answer = lambda: Response('{"id": "ada", "roles": ["admin"], "email": "ada@example.com"}')
    answer = client_of_users.post("/auth/token", json=ADA)
    assert tokens.read(answer.get_json()["access_token"]) == Identity("ada", frozenset({"admin"}))
    [seen] = users.seen
    assert (seen.method, seen.target, json.loads(seen.body)) == ("POST", "/credentials/verify", ADA)
    assert seen.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, '{"error": {"code": "bad_credentials"}}', (401, "bad_credentials")),
        (404, '{"error": {"code": "not_found"}}', (502, "upstream_failed")),
        (422, '{"error": {"code": "validation_failed"}}', (401, "bad_credentials")),
        (500, "{}", (502, "upstream_failed")),
        (503, "{}", (502, "upstream_failed")),
        (200, '{"roles": ["admin"]}', (502, "upstream_failed")),
        (200, "no JSON", (502, "upstream_failed")),
    ],
)
def test_without_a_clear_yes_from_users_there_is_no_token(
    client_of_users: FlaskClient, users: FakeServer, status: int, body: str, expected: tuple[int, str]
) -> None:
    users.answer = lambda: Response(body, status)
    assert error_of(client_of_users.post("/auth/token", json=ADA)) == expected
    assert len(users.seen) == 1
