"""A service that fails is tried again within bounds, then cut off; the others do not notice."""

from threading import Event

from flask import Response
from flask.testing import FlaskClient

from glasshouse_telemetry.testing import capture_metrics
from tests.unit.apps.gateway.conftest import OpenGateway
from tests.unit.chassis.fake_servers import FakeServer


def test_a_failing_service_is_cut_off_and_says_so(
    open_gateway: OpenGateway, products: FakeServer, users: FakeServer
) -> None:
    client = open_gateway().test_client()
    with capture_metrics() as metrics:
        products.answer = lambda: Response(status=503)
        found = [client.get("/products") for _ in range(10)]
        cut_off = found[-1]
        assert (cut_off.status_code, cut_off.get_json()["error"]["code"]) == (503, "upstream_unavailable")
        assert 1 <= int(cut_off.headers["Retry-After"]) <= 5
        assert len(products.seen) == 5
        assert metrics.value("circuit_breaker_state", peer="products") == 2
        assert metrics.value("circuit_breaker_state", peer="users") == 0
        assert metrics.increase("gateway_requests_total", service="products", outcome="5xx") == 5
        assert metrics.increase("gateway_retries_total", service="products") >= 3
    assert client.post("/users", json={}).status_code == 200


def test_a_post_is_sent_once_whatever_becomes_of_it(client: FlaskClient, users: FakeServer) -> None:
    users.answer = lambda: Response(status=503)
    assert client.post("/users", json={}).status_code == 503
    assert len(users.seen) == 1


def test_a_service_that_hangs_is_a_504_and_leaves_the_others_alone(
    open_gateway: OpenGateway, products: FakeServer
) -> None:
    client = open_gateway(read_timeout_s=0.5, deadline_s=0.55).test_client()
    done = Event()

    def hang() -> Response:
        done.wait(timeout=10)
        return Response()

    products.answer = hang
    answer = client.get("/products")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (504, "upstream_timeout")
    assert client.post("/users", json={}).status_code == 200
    done.set()
