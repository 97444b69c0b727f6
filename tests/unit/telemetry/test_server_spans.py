from collections.abc import Sequence

import pytest
import requests
from flask import Flask, abort, redirect, request
from flask.typing import ResponseReturnValue
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

import glasshouse_telemetry as telemetry

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"


def only(spans: Sequence[ReadableSpan]) -> ReadableSpan:
    assert len(spans) == 1, [span.name for span in spans]
    return spans[0]


def trace_id_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return trace.format_trace_id(span.context.trace_id)


def test_a_request_is_one_server_span_named_by_its_route(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17", headers={"Host": "shop.example:5001", "User-Agent": "curl/8"})

    span = only(spans)
    assert (span.name, span.kind) == ("GET /users/<user_id>", SpanKind.SERVER)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.path": "/users/17",
        "server.address": "shop.example",
        "server.port": 5001,
        "user_agent.original": "curl/8",
        "network.protocol.version": "1.1",
        "http.route": "/users/<user_id>",
        "http.response.status_code": 200,
    }
    assert span.status.status_code is StatusCode.UNSET


def test_a_request_continues_the_trace_of_its_caller(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17", headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"})

    span = only(spans)
    assert trace_id_of(span) == TRACE_ID
    assert span.parent is not None
    assert trace.format_span_id(span.parent.span_id) == PARENT_ID


def test_a_malformed_traceparent_starts_a_new_trace(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17", headers={"traceparent": "00-xyz-01"})

    assert only(spans).parent is None


def test_a_trace_that_its_caller_does_not_keep_is_not_kept_here(
    app: Flask, spans: list[ReadableSpan]
) -> None:
    app.test_client().get("/users/17", headers={"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"})

    assert spans == []


def test_the_view_runs_within_the_span_and_its_baggage(app: Flask, spans: list[ReadableSpan]) -> None:
    seen = []

    @app.get("/seen")
    def view() -> str:
        seen.append((trace.get_current_span().get_span_context(), baggage.get_baggage("tenant")))
        return ""

    app.test_client().get("/seen", headers={"baggage": "tenant=acme"})

    assert seen == [(only(spans).context, "acme")]


def test_nothing_of_a_request_is_left_on_the_thread(app: Flask, spans: list[ReadableSpan]) -> None:
    before = context.get_current()

    app.test_client().get("/users/17")

    assert context.get_current() == before
    assert telemetry.request_id() is None


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/nowhere", "GET", 404),
        ("DELETE", "/orders", "DELETE", 405),
        ("HEAD", "/users/17", "HEAD /users/<user_id>", 200),
        ("OPTIONS", "/orders", "OPTIONS /orders", 200),
        ("BREW", "/orders", "HTTP", 405),
    ],
)
def test_every_answer_has_its_span(
    app: Flask, spans: list[ReadableSpan], method: str, path: str, name: str, status: int
) -> None:
    app.test_client().open(path, method=method)

    span = only(spans)
    assert (span.name, (span.attributes or {})["http.response.status_code"]) == (name, status)
    assert span.status.status_code is StatusCode.UNSET, "a 4xx is the client's error"


def test_a_made_up_method_is_kept_beside_a_bounded_one(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().open("/orders", method="BREW")

    attributes = only(spans).attributes or {}
    assert attributes["http.request.method"] == "_OTHER"
    assert attributes["http.request.method_original"] == "BREW"


def test_a_body_that_is_too_large_is_a_413_with_its_route(app: Flask, spans: list[ReadableSpan]) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1

    @app.post("/upload")
    def upload() -> str:
        return str(len(request.get_data()))

    app.test_client().post("/upload", data=b"too much")

    span = only(spans)
    assert (span.name, (span.attributes or {})["http.response.status_code"]) == ("POST /upload", 413)


def test_an_unhandled_exception_is_recorded_once(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/broken")

    span = only(spans)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ZeroDivisionError"
    assert [event.name for event in span.events] == ["exception"]
    assert (span.events[0].attributes or {})["exception.message"] == "division by zero"


def test_an_exception_that_flask_lets_through_is_recorded_once_too(
    app: Flask, spans: list[ReadableSpan]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = True

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/broken")

    span = only(spans)
    assert len(span.events) == 1
    attributes = span.attributes or {}
    assert (attributes["http.response.status_code"], attributes["http.route"]) == (500, "/broken")


def test_an_answer_of_500_without_exception_is_an_error_by_its_status(
    app: Flask, spans: list[ReadableSpan]
) -> None:
    @app.get("/unavailable")
    def unavailable() -> ResponseReturnValue:
        abort(503)

    app.test_client().get("/unavailable")

    span = only(spans)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "503"
    assert span.events == ()


def test_an_error_before_routing_is_a_span_without_route(app: Flask, spans: list[ReadableSpan]) -> None:
    class BrokenSession(type(app.session_interface)):  # type: ignore[misc]
        def open_session(self, app: Flask, request: object) -> None:
            raise OSError("no session store")

    app.session_interface = BrokenSession()

    assert app.test_client().get("/users/17").status_code == 500
    assert (only(spans).attributes or {})["error.type"] == "OSError"


def test_a_redirect_is_finished_when_it_is_answered(app: Flask, spans: list[ReadableSpan]) -> None:
    @app.get("/old")
    def old() -> ResponseReturnValue:
        return redirect("/new")

    app.test_client().get("/old")

    assert only(spans).name == "GET /old"


def test_queries_and_clients_addresses_stay_out_of_spans(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17?email=ada@example.org")

    text = only(spans).to_json()
    assert "ada@example.org" not in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_query_of_a_failed_call_stays_out_of_the_request_that_it_fails(
    app: Flask, spans: list[ReadableSpan], wrapped: bool
) -> None:
    @app.get("/calls")
    def calls() -> str:
        try:
            raise requests.ConnectionError("failed: http://users/17?email=ada@example.org")
        except requests.ConnectionError as error:
            if wrapped:
                raise LookupError("no user") from error
            raise

    app.test_client().get("/calls")

    [event] = only(spans).events
    kind = "LookupError" if wrapped else "requests.exceptions.ConnectionError"
    assert (event.name, (event.attributes or {})["exception.type"]) == ("exception", kind)
    assert "ada@example.org" not in only(spans).to_json()


def test_a_mounted_app_says_the_whole_path(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/17", base_url="http://localhost/shop")

    assert (only(spans).attributes or {})["url.path"] == "/shop/users/17"


def test_a_path_beyond_ascii_is_readable(app: Flask, spans: list[ReadableSpan]) -> None:
    app.test_client().get("/users/zoë")

    assert (only(spans).attributes or {})["url.path"] == "/users/zoë"


def test_quiet_routes_make_no_span_of_any_kind(app: Flask, spans: list[ReadableSpan]) -> None:
    client = app.test_client()

    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)

    assert spans == []
