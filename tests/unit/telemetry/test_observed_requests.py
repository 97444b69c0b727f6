"""Calls made with `requests`, answered by an adapter in place of a network."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from requests.adapters import BaseAdapter

from glasshouse_telemetry.libraries import requests as _requests
from glasshouse_telemetry.testing import CapturedMetrics

COUNT = "http_client_request_duration_seconds_count"
Answer = Callable[[requests.PreparedRequest], requests.Response]


class FakeAdapter(BaseAdapter):
    """Answers as told and keeps what was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        return self.answer(request)

    def close(self) -> None:
        pass


def answer(request: requests.PreparedRequest, status: int = 200, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = str(request.url)
    response.headers.update(headers)
    response._content = b""
    response.raw = None
    return response


def session(reply: Answer = answer) -> tuple[requests.Session, FakeAdapter]:
    made, adapter = requests.Session(), FakeAdapter(reply)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made, adapter


@pytest.fixture(autouse=True)
def observed() -> Iterator[None]:
    _requests.observe({"http://users:5001": "users", "https://pay.example/api": "payments"})
    yield
    _requests.stop_observing()


def test_a_call_is_one_client_span(spans: list[ReadableSpan]) -> None:
    session()[0].get("http://users:5001/users/17")

    (span,) = spans
    assert (span.name, span.kind) == ("GET", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "users",
        "server.port": 5001,
        "url.full": "http://users:5001/users/17",
        "service.peer.name": "users",
        "http.response.status_code": 200,
    }


def test_a_call_is_part_of_the_trace_that_makes_it(spans: list[ReadableSpan]) -> None:
    made, adapter = session()
    with trace.get_tracer("test").start_as_current_span("order") as parent:
        made.get("http://users:5001/users/17")

    call = spans[0]
    assert call.context is not None and call.parent == parent.get_span_context()
    assert adapter.asked[0].headers["traceparent"] == (
        f"00-{call.context.trace_id:032x}-{call.context.span_id:016x}-{call.context.trace_flags:02x}"
    )


def test_the_request_id_is_handed_on(app: Flask) -> None:
    made, adapter = session()

    @app.get("/calling")
    def calling() -> str:
        made.get("http://users:5001/users/17")
        made.get("http://users:5001/users/17", headers={"X-Request-ID": "its own"})
        return ""

    app.test_client().get("/calling", headers={"X-Request-ID": "r-1"})

    assert [request.headers["X-Request-ID"] for request in adapter.asked] == ["r-1", "its own"]


def test_credentials_and_queries_stay_out_of_spans(spans: list[ReadableSpan]) -> None:
    session()[0].get("http://ada:hunter2@users:5001/users?email=ada@example.org#top")

    assert (spans[0].attributes or {})["url.full"] == "http://users:5001/users"


def test_the_port_of_the_scheme_is_known(spans: list[ReadableSpan]) -> None:
    session()[0].get("https://pay.example/api/refunds")

    attributes = spans[0].attributes or {}
    assert (attributes["server.port"], attributes["service.peer.name"]) == (443, "payments")


def test_a_4xx_is_an_error_for_the_one_who_asked(spans: list[ReadableSpan], metrics: CapturedMetrics) -> None:
    session(lambda request: answer(request, 404))[0].get("http://users:5001/users/17")

    assert spans[0].status.status_code is StatusCode.ERROR
    assert (spans[0].attributes or {})["error.type"] == "404"
    assert metrics.increase(COUNT, error_type="404", http_response_status_code="404") == 1


def test_a_call_that_fails_is_recorded_and_raised(
    spans: list[ReadableSpan], metrics: CapturedMetrics
) -> None:
    def fail(_: requests.PreparedRequest) -> requests.Response:
        raise requests.ConnectTimeout("too slow")

    with pytest.raises(requests.ConnectTimeout):
        session(fail)[0].get("http://users:5001/users/17")

    assert (spans[0].attributes or {})["error.type"] == "requests.exceptions.ConnectTimeout"
    assert [event.name for event in spans[0].events] == ["exception"]
    assert metrics.increase(COUNT, error_type="requests.exceptions.ConnectTimeout") == 1


def test_a_duration_has_all_its_labels(metrics: CapturedMetrics, spans: list[ReadableSpan]) -> None:
    session()[0].post("http://users:5001/users", json={})

    labels = {
        "http_request_method": "POST",
        "server_address": "users",
        "server_port": "5001",
        "service_peer_name": "users",
        "http_response_status_code": "200",
        "error_type": "",
    }
    assert metrics.increase(COUNT, **labels) == 1


def test_a_redirect_that_is_followed_is_a_call_within_the_call(spans: list[ReadableSpan]) -> None:
    def redirect_once(request: requests.PreparedRequest) -> requests.Response:
        if str(request.url).endswith("/old"):
            return answer(request, 302, Location="http://users:5001/new")
        return answer(request)

    made, adapter = session(redirect_once)
    made.get("http://users:5001/old")

    inner, outer = spans
    assert inner.parent == outer.context
    assert adapter.asked[0].headers["traceparent"] != adapter.asked[1].headers["traceparent"]


def test_suppressed_calls_are_not_observed(spans: list[ReadableSpan], metrics: CapturedMetrics) -> None:
    made, adapter = session()

    with suppress_instrumentation():
        made.get("http://users:5001/users/17")

    assert spans == []
    assert metrics.increase(COUNT) == 0
    assert "traceparent" not in adapter.asked[0].headers


def test_a_quiet_route_makes_no_spans_through_its_calls(app: Flask, spans: list[ReadableSpan]) -> None:
    @app.get("/readyz")
    def readyz() -> str:
        session()[0].get("http://users:5001/healthz")
        return ""

    app.test_client().get("/readyz")

    assert spans == []


def test_observing_twice_observes_once(spans: list[ReadableSpan]) -> None:
    _requests.observe()

    session()[0].get("http://users:5001/users/17")

    assert len(spans) == 1


def test_observing_can_be_ended(spans: list[ReadableSpan]) -> None:
    _requests.stop_observing()

    session()[0].get("http://users:5001/users/17")

    assert spans == []
    assert requests.Session.send.__module__ == "requests.sessions"
