"""Requests leave at their times, carry their traces, and every outcome becomes a row."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from proof.ledger.rows import Row
from proof.traffic.clock import Clock
from proof.traffic.planned import CREATED, Content, PlannedRequest
from proof.traffic.sending import Sender
from proof.traffic.tracing import PlannedIds, RootSpans
from stackctl.shop_scenarios import KINDS
from stackctl.shop_scenarios.clients import Account, Clients

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Run:
    """Sends plans to a service of the test's own, and keeps rows and spans."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.exporter = InMemorySpanExporter()
        self.stop = asyncio.Event()

    async def send(self, plan: list[PlannedRequest], url: str) -> list[Row]:
        ids = PlannedIds()
        provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        clock = Clock()
        spans = RootSpans(provider.get_tracer("test"), ids, "run-a")
        clients = Clients({"customer-1": Account("c1", "c1@traffic.example", "secret", "first token")})
        sender = Sender(url, KINDS, clients, spans, clock, self.rows.append)
        await sender.send(plan, clock.now(), self.stop)
        return sorted(self.rows, key=lambda row: row.n)


SPARE = Content("order_get_unknown", "/orders/spare", None)


def planned(n: int, kind: str = "user_list", at: float = 0.0, **more: object) -> PlannedRequest:
    fields = {
        "client": "customer-1",
        "path": "/users",
        "body": None,
        "needs": None,
        **more,
    }
    return PlannedRequest(n=n, kind=kind, offset=at, trace_id=n + 1, request_id=f"r{n}", **fields)  # type: ignore[arg-type]


@asynccontextmanager
async def service(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def sent(plan: list[PlannedRequest], handler: Handler, run: Run | None = None) -> list[Row]:
    async def session() -> list[Row]:
        async with service(handler) as url:
            return await (run or Run()).send(plan, url)

    return asyncio.run(session())


async def ok(request: web.Request) -> web.Response:
    return web.json_response({"items": []})


def test_an_answer_becomes_a_row() -> None:
    (row,) = sent([planned(3)], ok)
    assert (row.n, row.kind, row.status, row.error) == (3, "user_list", 200, None)
    assert (row.method, row.route, row.path, row.client) == ("GET", "/users", "/users", "customer-1")
    assert row.as_expected
    assert row.intended_at <= row.sent_at <= row.done_at


def test_a_slow_service_does_not_hold_back_the_requests_after_it() -> None:
    together = asyncio.Event()
    arrived: list[str] = []

    async def answer_when_all_are_here(request: web.Request) -> web.Response:
        arrived.append(request.path)
        if len(arrived) == 10:
            together.set()
        await together.wait()
        return web.json_response({})

    rows = sent([planned(n, at=n / 1000) for n in range(10)], answer_when_all_are_here)
    assert [row.status for row in rows] == [200] * 10


def test_requests_do_not_leave_before_their_time() -> None:
    rows = sent([planned(0), planned(1, at=0.05)], ok)
    assert rows[1].sent_at >= rows[1].intended_at == pytest.approx(rows[0].intended_at + 0.05)


def test_the_service_gets_the_trace_the_request_id_and_the_body() -> None:
    seen: list[tuple[str, str, str]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.headers["traceparent"], request.headers["X-Request-ID"], await request.text()))
        return web.json_response({"id": "u1"}, status=201)

    (row,) = sent([planned(41, "user_create", body='{"name": "Ada"}')], note)
    ((traceparent, request_id, body),) = seen
    version, trace_id, span_id, flags = traceparent.split("-")
    assert (version, trace_id, span_id) == ("00", f"{42:032x}", row.span_id)
    assert int(flags, 16) & 1, "sampled"
    assert (request_id, body) == ("r41", '{"name": "Ada"}')


def test_the_root_span_has_the_planned_trace_id_and_says_what_was_asked() -> None:
    run = Run()
    (row,) = sent([planned(41)], ok, run)
    (span,) = run.exporter.get_finished_spans()
    assert span.context is not None
    assert (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}") == (row.trace_id, row.span_id)
    assert (span.name, span.kind, span.parent) == ("GET /users", SpanKind.CLIENT, None)
    attributes = dict(span.attributes or {})
    assert (attributes["http.response.status_code"], attributes["traffic.kind"]) == (200, "user_list")
    assert span.status.status_code is StatusCode.UNSET


def test_an_answer_that_was_not_expected_is_an_error_of_the_span() -> None:
    async def fail(request: web.Request) -> web.Response:
        return web.json_response({}, status=500)

    run = Run()
    (row,) = sent([planned(0)], fail, run)
    (span,) = run.exporter.get_finished_spans()
    assert (row.status, row.as_expected) == (500, False)
    assert span.status.status_code is StatusCode.ERROR


def test_a_404_that_was_asked_for_is_none() -> None:
    async def not_found(request: web.Request) -> web.Response:
        return web.json_response({}, status=404)

    run = Run()
    (row,) = sent([planned(0, "user_get_unknown", path="/users/x")], not_found, run)
    assert row.as_expected
    assert run.exporter.get_finished_spans()[0].status.status_code is StatusCode.UNSET


def test_a_service_that_is_not_there_leaves_a_row_without_a_status() -> None:
    run = Run()
    (row,) = asyncio.run(run.send([planned(0)], "http://127.0.0.1:1"))
    assert (row.status, row.answered) == (None, False)
    assert "ClientConnectorError" in (row.error or "")
    assert run.exporter.get_finished_spans()[0].status.status_code is StatusCode.ERROR


def test_a_connection_that_breaks_leaves_a_row_without_a_status() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    (row,) = sent([planned(0, "user_create", body="{}")], hang_up)
    assert row.status is None
    assert row.error == "ServerDisconnectedError: Server disconnected"


async def create_or_echo(request: web.Request) -> web.Response:
    if request.method == "POST":
        return web.json_response({"id": "o1"}, status=201)
    return web.json_response({})


def test_a_request_waits_for_what_it_needs_and_names_it() -> None:
    plan = [
        planned(0, "order_create", path="/orders", body="{}"),
        planned(1, "order_get", path=f"/orders/{CREATED}", needs=0),
    ]
    assert [row.path for row in sent(plan, create_or_echo)] == ["/orders", "/orders/o1"]


def test_the_id_that_was_created_is_in_the_ledger() -> None:
    plan = [planned(0, "order_create", path="/orders", body="{}"), planned(1)]
    assert [row.created_id for row in sent(plan, create_or_echo)] == ["o1", None]


def test_a_request_bears_its_clients_token_and_what_only_the_client_knows() -> None:
    seen: list[tuple[str | None, str, str]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.headers.get("Authorization"), request.path, await request.text()))
        return web.json_response({"access_token": "second token"})

    plan = [
        planned(0, "user_get", path="/users/{own id}"),
        planned(1, "user_list", client="nobody"),
        planned(2, "order_list_bad_token", client="stranger"),
        planned(3, "login", path="/auth/token", body="{email} {password}"),
        planned(4, "order_get", path=f"/orders/{CREATED}", needs=3, instead=SPARE._replace(kind="order_get")),
    ]
    rows = sent(plan, note)
    assert sorted(seen, key=str) == sorted(
        [
            ("Bearer first token", "/users/c1", ""),
            (None, "/users", ""),
            ("Bearer no-token", "/users", ""),
            ("Bearer first token", "/auth/token", "c1@traffic.example secret"),
            ("Bearer second token", "/orders/spare", ""),
        ],
        key=str,
    )
    assert rows[0].path == "/users/c1"


@pytest.mark.parametrize(
    "answer",
    [web.Response(status=422), web.Response(status=201, text="no JSON")],
    ids=["refused", "nonsense"],
)
def test_a_request_whose_creation_failed_becomes_one_for_an_unknown_id(answer: web.Response) -> None:
    async def refuse(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.Response(status=answer.status, text=answer.text)
        return web.json_response({}, status=404)

    plan = [
        planned(0, "order_create", path="/orders", body="{}"),
        planned(1, "order_deliver_too_early", path=f"/orders/{CREATED}", needs=0, instead=SPARE),
    ]
    _, row = sent(plan, refuse)
    assert (row.kind, row.method, row.path, row.as_expected) == (
        "order_get_unknown",
        "GET",
        "/orders/spare",
        True,
    )


def test_a_stop_ends_the_sending_and_keeps_what_is_under_way() -> None:
    run = Run()

    async def stop_after_this(request: web.Request) -> web.Response:
        run.stop.set()
        return web.json_response({})

    rows = sent([planned(0), planned(1, at=3600)], stop_after_this, run)
    assert [row.status for row in rows] == [200]
