"""Calls made with `requests`, answered by an adapter in place of a network."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests
from flask import Flask
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from requests.adapters import BaseAdapter

from glasshouse_telemetry.libraries import requests as _requests
from glasshouse_telemetry.libraries.http_call import forget_peers, name_peers
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
    name_peers({"http://users:5001": "users", "https://pay.example/api": "payments"})
    _requests.observe()
    yield
    _requests.stop_observing()
    forget_peers()


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

    assert (spans[0].attributes or {})["url.full"] == "http://REDACTED:REDACTED@users:5001/users"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://token@users/a?b#c", "http://REDACTED@users/a"),
        ("http://a:b:c@[::1]:8080/", "http://REDACTED:REDACTED@[::1]:8080/"),
        ("http://users/" + "a" * 600, "http://users/" + "a" * 600),
    ],
)
def test_a_url_is_shown_without_its_secrets(spans: list[ReadableSpan], url: str, shown: str) -> None:
    session()[0].get(url)

    assert (spans[0].attributes or {})["url.full"] == shown


def test_a_scheme_of_an_adapters_own_has_no_port(spans: list[ReadableSpan]) -> None:
    made, adapter = session()
    made.mount("mock://", adapter)
    made.get("mock://users/17")

    assert "server.port" not in (spans[0].attributes or {})


def test_a_method_of_ones_own_is_named_only_on_the_span(spans: list[ReadableSpan]) -> None:
    session()[0].request("PURGE", "http://users:5001/users/17")

    attributes = spans[0].attributes or {}
    assert (spans[0].name, attributes["http.request.method"]) == ("HTTP", "_OTHER")
    assert attributes["http.request.method_original"] == "PURGE"


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


def prepared(**headers: str) -> requests.PreparedRequest:
    return requests.Request("GET", "http://users:5001/users/17", headers=headers).prepare()


def test_a_request_that_is_sent_again_is_another_call(app: Flask) -> None:
    made, adapter = session()
    kept = prepared(Accept="text/html")

    @app.get("/poll")
    def poll() -> str:
        response = made.send(kept)
        assert response.request is kept
        return ""

    for number in ("1", "2"):
        app.test_client().get("/poll", headers={"X-Request-ID": number})
    with suppress_instrumentation():
        made.send(kept)

    assert [sent.headers.get("X-Request-ID") for sent in adapter.asked] == ["1", "2", None]
    traces = [sent.headers.get("traceparent") for sent in adapter.asked]
    assert len(set(traces)) == 3
    assert dict(kept.headers) == {"Accept": "text/html"}


def test_a_request_sent_by_several_threads_at_once_is_as_many_calls(spans: list[ReadableSpan]) -> None:
    together = Barrier(4)

    def reply(request: requests.PreparedRequest) -> requests.Response:
        together.wait(10)
        return answer(request)

    made, adapter = session(reply)
    kept = prepared()
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(made.send, [kept] * 4))

    handed_on = {sent.headers["traceparent"].split("-")[2] for sent in adapter.asked}
    assert handed_on == {f"{span.context.span_id:016x}" for span in spans if span.context}
    assert all(response.request is kept for response in responses)
    assert "traceparent" not in kept.headers


def test_an_exception_leads_to_the_request_that_the_app_has_sent() -> None:
    def fail(request: requests.PreparedRequest) -> requests.Response:
        raise requests.ConnectionError(request=request)

    kept = prepared()
    with pytest.raises(requests.ConnectionError) as caught:
        session(fail)[0].send(kept)

    assert caught.value.request is kept


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, GeneratorExit, type("Timeout", (BaseException,), {})]
)
def test_a_call_that_is_broken_off_has_failed(
    spans: list[ReadableSpan], metrics: CapturedMetrics, error: type[BaseException]
) -> None:
    def break_off(_: requests.PreparedRequest) -> requests.Response:
        raise error

    with pytest.raises(error):
        session(break_off)[0].get("http://users:5001/users/17")

    assert spans[0].status.status_code is StatusCode.ERROR
    assert str((spans[0].attributes or {})["error.type"]).endswith(error.__name__)
    assert metrics.increase(COUNT, error_type="") == 0


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_an_exception_that_cannot_be_shown_is_recorded_and_raised(spans: list[ReadableSpan]) -> None:
    def fail(_: requests.PreparedRequest) -> requests.Response:
        raise Unspeakable

    with pytest.raises(Unspeakable):
        session(fail)[0].get("http://users:5001/users/17")

    assert spans[0].status.description == "Unspeakable"


def test_a_failure_is_told_without_what_its_messages_quote(spans: list[ReadableSpan]) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get("http://ada:s3cr3t@127.0.0.1:9/pay?token=s3cr3t", timeout=1)
    with pytest.raises(requests.exceptions.InvalidSchema):
        requests.get("nothing://ada:s3cr3t@users/?token=s3cr3t")
    with pytest.raises(ValueError, match="s3cr3t"):
        session(lambda _: int("s3cr3t"))[0].get("http://users")  # type: ignore[arg-type,return-value]

    assert "s3cr3t" not in "".join(span.to_json() for span in spans)
    refused = spans[0]
    assert str(refused.status.description).startswith("ConnectionError: ")
    assert str(refused.status.description).endswith(": ConnectionRefusedError: Connection refused")
    stack = str((refused.events[0].attributes or {})["exception.stacktrace"])
    assert "in _new_conn" in stack and "in send" in stack


class Broken(TraceContextTextMapPropagator):
    def inject(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("a mistake of somebody else's")


@pytest.fixture
def propagators_as_they_were() -> Iterator[None]:
    before = propagate.get_global_textmap()
    yield
    propagate.set_global_textmap(before)


@pytest.mark.parametrize("propagators", [[], [Broken()]])
def test_a_call_is_made_whatever_the_propagators_do(
    app: Flask, propagators: list[Broken], propagators_as_they_were: None
) -> None:
    propagate.set_global_textmap(CompositePropagator(propagators))
    made, adapter = session()

    @app.get("/calling")
    def calling() -> str:
        made.get("http://users:5001/users/17")
        return ""

    assert app.test_client().get("/calling", headers={"X-Request-ID": "r-1"}).status_code == 200
    (sent,) = adapter.asked
    assert (sent.headers["X-Request-ID"], "traceparent" in sent.headers) == ("r-1", False)


def test_trace_context_replaces_what_is_handed_through(spans: list[ReadableSpan]) -> None:
    made, adapter = session()
    made.get("http://users:5001/", headers={"Traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"})

    assert spans[0].context is not None
    assert f"{spans[0].context.span_id:016x}" in adapter.asked[0].headers["traceparent"]


def test_a_redirect_tells_how_often_the_request_was_sent_before(spans: list[ReadableSpan]) -> None:
    def redirect(request: requests.PreparedRequest) -> requests.Response:
        place = str(request.url)
        following = {"/1": "/2", "/2": "/3"}.get(place[-2:])
        return answer(request, 302, Location=place[:-2] + following) if following else answer(request)

    kept = prepared()
    kept.url = "http://users:5001/1"
    response = session(redirect)[0].send(kept)

    resends = {
        str((span.attributes or {})["url.full"])[-2:]: (span.attributes or {}).get(
            "http.request.resend_count"
        )
        for span in spans
    }
    assert resends == {"/1": None, "/2": 1, "/3": 2}
    assert response.history[0].request is kept


def test_a_call_made_in_a_hook_is_a_call_of_its_own(spans: list[ReadableSpan]) -> None:
    made, _ = session()

    def refresh(response: requests.Response, *_: Any, **__: Any) -> None:
        if str(response.url).endswith("/orders"):
            made.get("http://users:5001/token")

    made.get("http://users:5001/orders", hooks={"response": refresh})

    assert len(spans) == 2
    assert not any("http.request.resend_count" in (span.attributes or {}) for span in spans)


def test_a_session_that_sends_in_its_own_way_is_observed_once_for_each_request(
    spans: list[ReadableSpan],
) -> None:
    class Twice(requests.Session):
        def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            super().send(request, **kwargs)
            return super().send(request, **kwargs)

    made, adapter = Twice(), FakeAdapter(answer)
    made.mount("http://", adapter)
    made.get("http://users:5001/users/17")

    assert (len(spans), len(adapter.asked)) == (2, 2)


def test_whoever_wraps_us_is_left_alone(spans: list[ReadableSpan], monkeypatch: pytest.MonkeyPatch) -> None:
    ours: Callable[..., requests.Response] = requests.Session.send
    called = []

    def theirs(*args: Any, **kwargs: Any) -> requests.Response:
        called.append(args)
        return ours(*args, **kwargs)

    theirs.__wrapped__ = ours  # type: ignore[attr-defined]
    monkeypatch.setattr(requests.Session, "send", theirs)
    _requests.stop_observing()
    session()[0].get("http://users:5001/users/17")
    assert (len(spans), len(called)) == (0, 1)

    _requests.observe()
    session()[0].get("http://users:5001/users/17")
    assert (len(spans), len(called)) == (1, 2)


@pytest.mark.parametrize("broken", ["_with_headers", "is_observed"])
def test_a_call_is_made_once_whatever_breaks_in_us(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError("a mistake of ours")

    made, adapter = session()
    monkeypatch.setattr(_requests, broken, fail)

    assert made.get("http://users:5001/users/17").status_code == 200
    assert len(adapter.asked) == 1


def test_the_stock_instrumentation_observes_where_it_was_there_first(
    spans: list[ReadableSpan], monkeypatch: pytest.MonkeyPatch
) -> None:
    _requests.stop_observing()
    original: Callable[..., requests.Response] = requests.Session.send

    def stock(*args: Any, **kwargs: Any) -> requests.Response:
        return original(*args, **kwargs)

    stock.opentelemetry_instrumentation_requests_applied = True  # type: ignore[attr-defined]
    monkeypatch.setattr(requests.Session, "send", stock)
    _requests.observe()
    session()[0].get("http://users:5001/users/17")

    assert spans == []
    assert not hasattr(requests.Session.send, "opentelemetry_instrumentation_requests_applied")
    _requests.stop_observing()
