"""What of a request and of its answer is passed on."""

import gzip
from typing import Any

import pytest
import requests
from flask import Response
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.gateway.forwarding import (
    HOP_BY_HOP,
    NOT_FORWARDED,
    NOT_RETURNED,
    Client,
    is_safe,
    request_headers,
    response_headers,
    target,
)
from chassis.registry import Version
from chassis.transport import Answer
from tests.unit.apps.gateway.conftest import Headers, OpenGateway
from tests.unit.chassis.fake_servers import FakeServer, Seen, nobody, raw_server

# Neither the load of the machine nor an earlier run decides.
PATIENT = settings(deadline=None, database=None)
CLIENT = Client("192.0.2.7", "https", "shop.example")
TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
NAMES = st.one_of(
    TOKEN, st.sampled_from(sorted(HOP_BY_HOP | NOT_FORWARDED | NOT_RETURNED | {"x-forwarded-for"}))
)
CASED = NAMES.flatmap(lambda name: st.sampled_from([name, name.title(), name.upper()]))
CONNECTION = st.lists(TOKEN, max_size=3).map(lambda names: ("Connection", " , ".join(["close", *names])))
HEADERS = st.lists(st.one_of(st.tuples(CASED, st.text("abc, ", max_size=5)), CONNECTION), max_size=12)


def names_of(headers: Any) -> set[str]:
    return {name.lower() for name, _ in headers}


def options_of(headers: Any) -> set[str]:
    """Those that `Connection` names."""
    values = [value for name, value in headers if name.lower() == "connection"]
    return {option.strip().lower() for value in values for option in value.split(",")}


@PATIENT
@given(HEADERS)
def test_no_header_of_one_connection_is_passed_on_in_either_direction(headers: Any) -> None:
    ours = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"}
    for passed in (request_headers(headers, CLIENT), response_headers(Answer(200, headers))):
        assert not names_of(passed) & HOP_BY_HOP
        assert not (names_of(passed) - ours) & options_of(headers)


@PATIENT
@given(HEADERS)
def test_every_other_header_is_passed_on_in_order(headers: Any) -> None:
    dropped = HOP_BY_HOP | NOT_FORWARDED | options_of(headers)
    expected = [
        (name, value.strip())
        for name, value in headers
        if name.lower() not in dropped and not name.lower().startswith("x-forwarded-")
    ]
    passed = [header for header in request_headers(headers, CLIENT) if header[0] not in _OURS]
    assert passed == expected


_OURS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via")


# What gunicorn lets pass: any Latin-1 but line ends and NUL, without blanks and tabs around it.
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")).map(
    lambda text: text.strip(" \t")
)


@PATIENT
@given(VALUES, VALUES)
def test_whatever_a_header_holds_can_be_sent(value: str, host: str) -> None:
    passed = request_headers([("X-Any", value)], Client("192.0.2.7", "http", host))
    requests.Request("GET", "http://a/", dict(passed)).prepare()


@PATIENT
@given(HEADERS)
def test_who_the_client_is_is_ours_to_say(headers: Any) -> None:
    passed = [(name, value) for name, value in request_headers(headers, CLIENT)]
    said = {name.lower(): value for name, value in passed if name.lower().startswith("x-forwarded-")}
    assert said == {
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
    }


@PATIENT
@given(st.text(max_size=40))
def test_an_encoded_target_is_plain_ascii_and_has_one_path(text: str) -> None:
    encoded = target(f"/users/{text}", "")
    assert encoded.isascii() and encoded.isprintable()
    assert not set('?#\\ "<>') & set(encoded)


@PATIENT
@given(st.binary(max_size=40))
def test_any_query_is_passed_on_as_one_query(query: bytes) -> None:
    encoded = target("/users", query.decode("latin-1"))
    assert encoded.isascii() and encoded.isprintable()
    assert encoded.startswith("/users?") or not query


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("a=1&a=2&b", "a=1&a=2&b"),
        ("q=%7Eada%20b+c%26", "q=%7Eada%20b+c%26"),
        ("q=%zz&w=100%", "q=%25zz&w=100%25"),
        ("q=é".encode().decode("latin-1"), "q=%C3%A9"),
        ('q=a b"<>|', 'q=a%20b"<>|'),
        ("x?y/z:@!$'()*,;", "x?y/z:@!$'()*,;"),
    ],
)
def test_a_query_stays_as_it_is_but_for_what_no_url_may_hold(query: str, sent: str) -> None:
    assert target("/users", query) == f"/users?{sent}"


@pytest.mark.parametrize("path", ["/users/a", "/users/a.b", "/users/...", "/users/é", "/a/b/c", "/users/%2e"])
def test_paths_that_every_server_reads_alike_are_safe(path: str) -> None:
    assert is_safe(path)


@pytest.mark.parametrize(
    "path",
    [
        "/users/..",
        "/users/.",
        "/../users",
        "/users//a",
        "/users/",
        "//users",
        "/users/a\\b",
        "/users/a\x00",
        "/a\nb",
    ],
)
def test_paths_that_servers_read_differently_are_not(path: str) -> None:
    assert not is_safe(path)


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


def test_request_id_and_trace_go_along(client: FlaskClient, products: FakeServer) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = client.get("/products", headers={"X-Request-ID": "caller-1", "traceparent": traceparent})
    seen = last(products)
    assert seen.header("X-Request-ID") == answer.headers["X-Request-ID"] == "caller-1"
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


@pytest.mark.parametrize(
    "path",
    [
        "/products/..",
        "/products/%2e%2e",
        "/products/.",
        "/products/a%5Cb",
        "/products/a%00b",
        "/products/a%0d%0ab",
        "/products/%2e%2e%2fusers",
        "/products/..%2fusers%2fada",
        "/products/../users/ada",
        "/products//p1",
        "/products/p1/",
        "/./products",
        "/products%00",
        "/products;a=b",
    ],
)
def test_odd_paths_lead_nowhere(
    client: FlaskClient, as_admin: Headers, users: FakeServer, products: FakeServer, path: str
) -> None:
    answer = client.get(path, headers=as_admin)
    assert (answer.status_code, users.seen, products.seen) == (404, [], [])


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/%2Fproducts", "/products"),
        ("/products/%252e%252e", "/products/%252e%252e"),
        ("/products/a%252fb", "/products/a%252fb"),
        ("/products/a%3Fb%23c", "/products/a%3Fb%23c"),
        ("/products/%C3%A9", "/products/%C3%A9"),
        ("/products/%ff", "/products/%EF%BF%BD"),
        ("/products/a%20b", "/products/a%20b"),
    ],
)
def test_what_is_encoded_arrives_as_what_was_checked(
    client: FlaskClient, products: FakeServer, path: str, sent: str
) -> None:
    assert client.get(path).status_code == 200
    assert last(products).target == sent


@settings(PATIENT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("ab./\\%2eEfF0\x00?#;é ", max_size=20))
def test_no_path_breaks_out_of_its_rule(
    client: FlaskClient, products: FakeServer, users: FakeServer, rest: str
) -> None:
    products.seen.clear()
    answer = client.get(f"/products/{rest}")
    assert answer.status_code in (200, 404)
    for seen in products.seen:
        path = seen.target.partition("?")[0]
        assert path.count("/") == (1 if path == "/products" else 2)
        assert path.split("/")[-1] not in ("", ".", "..")
    assert users.seen == []


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
