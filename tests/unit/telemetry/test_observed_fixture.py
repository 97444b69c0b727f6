"""The fixture `observed` that the library gives to other test suites."""

import pytest
from flask import Flask
from prometheus_client import REGISTRY

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.testing import Observed, observed

__all__ = ["observed"]


@pytest.fixture
def app() -> Flask:
    app = Flask("hello")
    telemetry.instrument(app, service_name="hello", registry=REGISTRY)
    app.add_url_rule("/hello/<name>", view_func=lambda name: f"Hello {name}")
    return app


def test_a_request_is_found_in_all_three_signals(observed: Observed, app: Flask) -> None:
    app.test_client().get("/hello/world")
    (span,) = observed.assert_request("GET", "/hello/<name>", 200)

    assert span.name == "GET /hello/<name>"


def test_several_requests_and_unknown_routes_are_told_apart(observed: Observed, app: Flask) -> None:
    for path in ("/hello/a", "/hello/b", "/nowhere"):
        app.test_client().get(path)

    observed.assert_request("GET", "/hello/<name>", 200, times=2)
    observed.assert_request("GET", "", 404)


def test_what_is_missing_is_named(observed: Observed, app: Flask) -> None:
    app.test_client().get("/hello/a")

    with pytest.raises(AssertionError, match=r"0 server spans of GET / 200.*served: GET /hello/<name> 200"):
        observed.assert_request("GET", "/", 200)
    observed.lines.clear()
    with pytest.raises(AssertionError, match="access lines of GET /hello/<name> 200"):
        observed.assert_request("GET", "/hello/<name>", 200)
