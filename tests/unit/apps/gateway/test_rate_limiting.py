"""Each client may send so many requests; who sends more is told when to come back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from limits.storage import MemoryStorage

from apps.gateway.rate_limiting import RateLimits, open_storage
from chassis.tokens import Identity, Tokens
from glasshouse_telemetry.testing import CapturedMetrics, capture_metrics
from tests.unit.apps.gateway.conftest import Headers, OpenGateway, bearer
from tests.unit.chassis.fake_servers import nobody, silent

THREE = "3/hour"


@pytest.fixture
def client(open_gateway: OpenGateway) -> FlaskClient:
    return open_gateway(rate_limit=THREE, token_rate_limit="2/hour").test_client()


@pytest.fixture
def metrics(client: FlaskClient) -> Iterator[CapturedMetrics]:
    with capture_metrics() as captured:
        yield captured


def statuses(
    client: FlaskClient, times: int, path: str = "/products", headers: Headers | None = None
) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_each_answer_says_how_many_are_left(client: FlaskClient) -> None:
    answers = [client.get("/products") for _ in range(3)]
    assert [answer.headers["X-RateLimit-Limit"] for answer in answers] == ["3", "3", "3"]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert all(0 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 7_200 for answer in answers)


def test_one_too_many_is_refused_with_the_time_to_wait(client: FlaskClient, metrics: CapturedMetrics) -> None:
    assert statuses(client, 3) == [200, 200, 200]
    refused = client.get("/products")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 7_200
    assert (refused.headers["X-RateLimit-Remaining"], refused.headers["X-Request-ID"] != "") == ("0", True)
    assert metrics.increase("gateway_rate_limited_total", limit="general") == 1


def test_users_are_counted_apart_from_each_other_and_from_their_address(
    client: FlaskClient, tokens: Tokens
) -> None:
    for name in ("ada", "eve"):
        assert statuses(client, 4, headers=bearer(tokens.issue(Identity(name)))) == [200, 200, 200, 429]
    assert statuses(client, 4) == [200, 200, 200, 429]


def test_a_user_is_counted_whatever_token_and_address_they_use(client: FlaskClient, tokens: Tokens) -> None:
    for number in range(3):
        client.get(
            "/products",
            headers=bearer(Tokens([f"{'k' * 32}"], 900 + number).issue(Identity("ada"))),
            environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
        )
    assert statuses(client, 1, headers=bearer(tokens.issue(Identity("ada")))) == [429]


def test_addresses_are_counted_apart(client: FlaskClient) -> None:
    for address in ("192.0.2.1", "192.0.2.2"):
        found = [client.get("/products", environ_base={"REMOTE_ADDR": address}).status_code for _ in range(4)]
        assert found == [200, 200, 200, 429]


def test_an_address_cannot_be_made_up(client: FlaskClient) -> None:
    found = [
        client.get("/products", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(4)
    ]
    assert found == [200, 200, 200, 429]


@pytest.mark.parametrize("path", ["/no/such/route", "/orders", "/users"])
def test_what_is_refused_counts_too(client: FlaskClient, path: str) -> None:
    assert statuses(client, 4, path)[3] == 429


def test_who_guesses_tokens_is_slowed_down(client: FlaskClient) -> None:
    assert statuses(client, 4, headers=bearer("guess")) == [401, 401, 401, 429]


def test_who_guesses_passwords_is_slowed_down_more(client: FlaskClient, metrics: CapturedMetrics) -> None:
    body = {"email": "ada@example.com", "password": "guess"}
    found = [client.post("/auth/token", json=body) for _ in range(3)]
    assert [answer.status_code for answer in found] == [401, 401, 429]
    assert found[2].headers["X-RateLimit-Limit"] == "2"
    assert metrics.increase("gateway_rate_limited_total", limit="token") == 1


def test_health_and_metrics_are_not_limited(client: FlaskClient) -> None:
    assert statuses(client, 5, "/healthz") == [200] * 5
    assert statuses(client, 5, "/metrics") == [200] * 5


def test_of_several_limits_the_closest_is_told(open_gateway: OpenGateway) -> None:
    client = open_gateway(rate_limit="100/hour;2/day").test_client()
    assert client.get("/products").headers["X-RateLimit-Limit"] == "2"
    assert statuses(client, 2) == [200, 429]


def test_many_threads_get_no_more_than_one_would(open_gateway: OpenGateway) -> None:
    app = open_gateway(rate_limit="20/hour")

    def call(_: int) -> int:
        return app.test_client().get("/products").status_code

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(call, range(64)))
    assert found.count(429) == 64 - found.count(200)
    assert 15 <= found.count(200) <= 20  # `limits` would rather refuse one too many than let one through


@pytest.mark.parametrize("away", [nobody, silent], ids=["refuses", "hangs"])
def test_without_its_storage_requests_are_let_through_soon_without_waiting(
    open_gateway: OpenGateway, away: object
) -> None:
    with away() as url:  # type: ignore[operator]
        storage = url.replace("http", "redis")
        client = open_gateway(rate_limit=THREE, rate_limit_storage=storage).test_client()
        with capture_metrics() as metrics:
            began = time.monotonic()
            answers = [client.get("/products") for _ in range(40)]
            took = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers
    assert metrics.increase("gateway_rate_limit_unchecked_total") == 40
    assert metrics.value("circuit_breaker_state", peer="rate-limit-storage") == 2
    assert took < 3  # 3 x 0.2 s until the circuit is open; 40 times would be 8 s


def test_the_storage_is_in_memory_unless_told_otherwise() -> None:
    assert isinstance(open_storage("memory://"), MemoryStorage)


def test_a_limit_that_cannot_be_read_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="many"):
        RateLimits(open_storage("memory://"), {"general": "many"})
