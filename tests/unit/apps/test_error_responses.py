"""Every service answers every error in the same form, and says its request id in every response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.database import Database
from chassis.service import resolve
from tests.databases import NewDatabase

SERVICES = ("users", "products", "orders")


@dataclass(frozen=True)
class Case:
    """A request that goes wrong, by how it does."""

    name: str
    status: int
    code: str
    method: str = "POST"
    path: str = "/{service}"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


CASES = (
    Case("a route that does not exist", 404, "not_found", "GET", "/nowhere"),
    Case("a path with a slash too many", 404, "not_found", "GET", "/{service}/"),
    Case("an id that does not exist", 404, "", "GET", "/{service}/nobody"),
    Case("a method that the route does not have", 405, "method_not_allowed", "DELETE"),
    Case("a method that nobody has", 405, "method_not_allowed", "BREW"),
    Case("no body", 400, "bad_request"),
    Case("half a body", 400, "bad_request", body=b'{"name": '),
    Case("a body in no encoding", 400, "bad_request", body=b'{"name": "\xff"}'),
    Case("a number that JSON does not have", 400, "bad_request", body=b'{"name": NaN}'),
    Case("a body nested too deep", 400, "bad_request", body=b"[" * 60_000),
    Case("a number with too many digits", 400, "bad_request", body=b"[" + b"1" * 60_000 + b"]"),
    Case("a form", 415, "unsupported_media_type", body=b"name=x", headers={"Content-Type": "text/plain"}),
    Case("no content type", 415, "unsupported_media_type", body=b"{}", headers={}),
    Case("a list instead of an object", 422, "validation_failed", body=b"[]"),
    Case("a string instead of an object", 422, "validation_failed", body=b'"x"'),
    Case("null instead of an object", 422, "validation_failed", body=b"null"),
    Case("an unknown field", 422, "validation_failed", body=b'{"surprise": 1}'),
    Case("a body too large", 413, "request_entity_too_large", body=b" " * (64 * 1024 + 1)),
    Case("an unknown parameter", 422, "validation_failed", "GET", "/{service}?surprise=1"),
)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def app(service: str, new_database: NewDatabase, request: pytest.FixtureRequest) -> Flask:
    """`new_database` is named here so that it can be seen that these tests have one."""
    found: Flask = request.getfixturevalue(f"{service}_app")
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_error_has_its_status_and_says_what_and_which_request(
    client: FlaskClient, service: str, case: Case
) -> None:
    answer = client.open(
        case.path.format(service=service), method=case.method, data=case.body, headers=dict(case.headers)
    )
    error = answer.get_json()["error"]
    assert (answer.status_code, answer.content_type) == (case.status, "application/json")
    assert error["code"] == (case.code or f"{service.removesuffix('s')}_not_found")
    assert set(error) - {"fields"} == {"code", "message", "request_id"}
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert ("fields" in error) == (case.status == 422)


@pytest.mark.parametrize(("size", "status"), [(64 * 1024 - 1, 422), (64 * 1024, 413), (1024 * 1024, 413)])
def test_a_body_in_chunks_is_measured_too(client: FlaskClient, service: str, size: int, status: int) -> None:
    answer = client.post(
        f"/{service}",
        input_stream=BytesIO(b"{}".ljust(size)),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == status


def test_405_says_what_is_allowed(client: FlaskClient, service: str) -> None:
    assert {"GET", "POST"} <= set(client.delete(f"/{service}").headers["Allow"].split(", "))


def test_the_request_id_of_the_caller_is_kept(client: FlaskClient, service: str) -> None:
    answer = client.get(f"/{service}/nobody", headers={"X-Request-ID": "caller-1"})
    assert (answer.headers["X-Request-ID"], answer.get_json()["error"]["request_id"]) == (
        "caller-1",
        "caller-1",
    )


@pytest.mark.parametrize(
    "path", ["/{service}", "/healthz", "/readyz", "/metrics", "/openapi.json", "/nowhere"]
)
def test_every_response_has_a_request_id(client: FlaskClient, service: str, path: str) -> None:
    assert client.get(path.format(service=service)).headers["X-Request-ID"]


def test_an_exception_is_a_500_that_tells_nothing(app: Flask) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret is 42")

    answer = app.test_client().get("/broken")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (500, "internal_server_error")
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


def test_a_service_is_alive_and_ready(client: FlaskClient) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").get_json()) == (200, {"status": "ok"})
    assert client.get("/readyz").status_code == 200


def test_a_service_without_its_tables_is_alive_but_not_ready(app: Flask, service: str) -> None:
    with resolve(Database, app).writing() as session:
        session.connection().exec_driver_sql(f"ALTER TABLE {service} RENAME TO gone")
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    ready: Any = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["error"]["code"]) == (503, "database_unavailable")
    assert client.get(f"/{service}").status_code == 503
