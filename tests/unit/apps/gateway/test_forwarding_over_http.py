"""What a service sees of a request, and a client of its answer."""

import gzip

import pytest
from flask import Response
from flask.testing import FlaskClient

from chassis.registry import Version
from tests.unit.apps.gateway.conftest import Headers, OpenGateway
from tests.unit.chassis.fake_servers import FakeServer, Seen, nobody, raw_server


def last(server: FakeServer) -> Seen:
    return server.seen[-1]


def test_method_path_query_headers_and_body_reach_the_service(
    client: FlaskClient, products: FakeServer, as_admin: Headers
) -> None:
    client.put(
        "/products/p%201",
        query_string="a=%7E1&a=2",
        data=b"\x00any bytes",
        headers={"Content-Type": "application/octet-stream", "If-Match": '"7"', **as_admin},
    )
    seen = last(products)
    assert (seen.method, seen.target, seen.body) == ("PUT", "/products/p%201?a=%7E1&a=2", b"\x00any bytes")
    assert seen.header("Content-Type") == "application/octet-stream"
    assert seen.header("If-Match") == '"7"'


def test_the_service_learns_who_asked_but_not_by_what_token(
    client: FlaskClient, products: FakeServer, as_admin: Headers
) -> None:
    forged = {"X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    client.get("/products", headers={**as_admin, **forged, "X-Forwarded-User": "root"})
    seen = last(products)
    assert seen.header("X-Forwarded-For") == "127.0.0.1"
    assert seen.header("X-Forwarded-Proto") == "http"
    assert seen.header("X-Forwarded-Host") == "localhost"
    assert seen.header("Host") == products.url.removeprefix("http://")
    for name in ("Authorization", "X-Real-IP", "Forwarded", "X-Forwarded-User"):
        assert seen.header(name) is None


def test_behind_a_proxy_that_is_trusted_the_client_is_whom_it_names(
    open_gateway: OpenGateway, products: FakeServer
) -> None:
    client = open_gateway(trusted_proxies=1).test_client()
    client.get("/products", headers={"X-Forwarded-For": "10.9.9.9, 192.0.2.1", "X-Forwarded-Proto": "https"})
    assert last(products).header("X-Forwarded-For") == "192.0.2.1"
    assert last(products).header("X-Forwarded-Proto") == "https"


def test_request_id_and_trace_go_along(open_gateway: OpenGateway, products: FakeServer) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"X-Request-ID": "caller-1", "traceparent": traceparent, "X-Trace-Key": "ours"}
    answer = open_gateway(trace_key="ours").test_client().get("/products", headers=headers)
    seen = last(products)
    assert seen.header("X-Request-ID") == answer.headers["X-Request-ID"] == "caller-1"
    assert seen.header("X-Trace-Key") is None
    assert (seen.header("traceparent") or "").split("-")[1] == traceparent.split("-")[1]
    assert seen.header("traceparent") != traceparent


def test_a_request_id_that_is_not_valid_goes_no_further(client: FlaskClient, products: FakeServer) -> None:
    answer = client.get("/products", headers={"X-Request-ID": "not valid!"})
    assert last(products).header("X-Request-ID") == answer.headers["X-Request-ID"] != "not valid!"


@pytest.mark.parametrize("status", [200, 201, 202, 301, 404, 409, 412, 422, 500, 502])
def test_status_headers_and_body_come_back(client: FlaskClient, products: FakeServer, status: int) -> None:
    products.answer = lambda: Response(
        b"any body", status, {"Content-Type": "x/y", "ETag": '"7"', "Location": "/products/1"}
    )
    answer = client.get("/products")
    assert (answer.status_code, answer.data) == (status, b"any body")
    assert [answer.headers[name] for name in ("Content-Type", "ETag", "Location")] == [
        "x/y",
        '"7"',
        "/products/1",
    ]


def test_an_answer_without_a_body_has_none(
    client: FlaskClient, products: FakeServer, as_admin: Headers
) -> None:
    products.answer = lambda: Response(status=204)
    answer = client.delete("/products/p1", headers=as_admin)
    assert (answer.status_code, answer.data) == (204, b"")


def test_headers_that_come_twice_come_back_twice(client: FlaskClient, products: FakeServer) -> None:
    products.answer = lambda: Response(
        headers=[("Vary", "A"), ("Vary", "B"), ("Connection", "x-secret"), ("X-Secret", "1")]
    )
    answer = client.get("/products")
    assert answer.headers.getlist("Vary") == ["A", "B"]
    assert "X-Secret" not in answer.headers


def test_a_compressed_answer_stays_compressed(client: FlaskClient, products: FakeServer) -> None:
    packed = gzip.compress(b"text" * 100)
    products.answer = lambda: Response(packed, headers={"Content-Encoding": "gzip"})
    answer = client.get("/products", headers={"Accept-Encoding": "gzip"})
    assert (answer.data, answer.headers["Content-Encoding"]) == (packed, "gzip")


def test_a_head_has_the_length_of_the_body_and_not_the_body(
    client: FlaskClient, products: FakeServer
) -> None:
    answer = client.head("/products")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len('{"ok": true}'))


def test_a_body_that_is_too_large_goes_no_further(client: FlaskClient, users: FakeServer) -> None:
    answer = client.post("/users", data=b"x" * 70_000, content_type="application/json")
    assert (answer.status_code, users.seen) == (413, [])


def test_a_service_that_is_away_is_a_502(open_gateway: OpenGateway) -> None:
    with nobody() as url:
        client = open_gateway(services={"products": {"v1": Version(instances=(url,))}}).test_client()
        answer = client.get("/products")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (502, "upstream_failed")
    assert url.removeprefix("http://") not in answer.text


def test_an_answer_that_breaks_off_is_a_502(open_gateway: OpenGateway) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") as url:
        client = open_gateway(services={"products": {"v1": Version(instances=(url,))}}).test_client()
        assert client.get("/products").status_code == 502


def test_a_service_that_is_not_in_the_registry_is_a_503(open_gateway: OpenGateway) -> None:
    answer = open_gateway(services={}).test_client().get("/products")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "upstream_unavailable")
    assert answer.headers["Retry-After"] == "1"
