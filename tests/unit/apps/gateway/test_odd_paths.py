"""Paths and queries arrive as they were judged, however oddly they are written."""

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.gateway.forwarding import (
    is_safe,
    target,
)
from tests.unit.apps.gateway.conftest import Headers
from tests.unit.chassis.fake_servers import FakeServer

# Neither the load of the machine nor an earlier run decides.
PATIENT = settings(deadline=None, database=None)


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
    assert products.seen[-1].target == sent


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
