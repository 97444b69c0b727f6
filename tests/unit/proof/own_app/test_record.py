"""A recorded app answers as it does without the proxy, and each of its requests has a trace and a row."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from proof.ledger.rows import Row
from proof.own_app.record import RecordingProxy
from proof.own_app.target import Target, parse_target
from proof.traffic.clock import Clock
from proof.traffic.tracing import PlannedIds, RootSpans
from stackctl.errors import StackError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def app(handler: Handler) -> AsyncIterator[Target]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(
        application, auto_decompress=False, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield parse_target(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


class Recorder:
    def __init__(self, target: Target, silent_seconds: float = 30.0) -> None:
        self.rows: list[Row] = []
        self.exporter = InMemorySpanExporter()
        ids = PlannedIds()
        provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        spans = RootSpans(provider.get_tracer("test"), ids, "run-a")
        self.proxy = RecordingProxy(target, spans, Clock(), silent_seconds)
        self.proxy.on_row = self.rows.append


Test = Callable[[aiohttp.ClientSession, str], Awaitable[object]]


def recorded(handler: Handler, test: Test, silent_seconds: float = 30.0) -> Recorder:
    """What is recorded while `test` asks the app through the proxy."""

    async def session() -> Recorder:
        async with app(handler) as target:
            recorder = Recorder(target, silent_seconds)
            async with (
                recorder.proxy.listening(0) as address,
                aiohttp.ClientSession(auto_decompress=False) as client,
            ):
                await test(client, address)
            return recorder

    return asyncio.run(asyncio.wait_for(session(), 20))


def test_requests_and_answers_pass_as_they_are() -> None:
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.raw_path, await request.read(), dict(request.headers)))
        headers = {"X-Mine": "1", "Content-Encoding": "gzip", "Set-Cookie": "a=b"}
        return web.Response(status=418, headers=headers, body=gzip.compress(b"tea"))

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        url, headers = f"{address}/a%2Fb?q=%20x", {"X-Own": "y", "Content-Encoding": "gzip"}
        async with client.post(url, data=gzip.compress(b"pot"), headers=headers) as response:
            assert response.status == 418
            assert gzip.decompress(await response.read()) == b"tea"
            assert (response.headers["X-Mine"], response.headers["Set-Cookie"]) == ("1", "a=b")

    recorder = recorded(answer, ask)
    ((method, path, body, headers),) = seen
    assert (method, path, gzip.decompress(body), headers["X-Own"]) == ("POST", "/a%2Fb?q=%20x", b"pot", "y")
    (row,) = recorder.rows
    assert (row.method, row.path, row.status, row.error) == ("POST", "/a%2Fb?q=%20x", 418, None)
    assert headers["traceparent"].startswith(f"00-{row.trace_id}-{row.span_id}-")
    (span,) = recorder.exporter.get_finished_spans()
    assert span.context is not None and span.parent is None
    assert f"{span.context.trace_id:032x}" == row.trace_id


def test_a_trace_of_the_clients_own_is_replaced() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.extend(request.headers.getall("traceparent"))
        return web.Response()

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        await (await client.get(address, headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})).read()

    (row,) = recorded(answer, ask).rows
    assert [each[:53] for each in seen] == [f"00-{row.trace_id}-{row.span_id}-"]


def test_redirects_are_the_clients_affair() -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        async with client.get(address, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/elsewhere")

    assert [row.status for row in recorded(redirect, ask).rows] == [302]


def test_a_stream_passes_piece_by_piece() -> None:
    go_on = asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await go_on.wait()
        await response.write(b"second")
        return response

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        async with client.get(address) as response:
            assert await response.content.readany() == b"first"
            go_on.set()
            assert await response.content.readany() == b"second"

    assert [row.status for row in recorded(stream, ask).rows] == [200]


def test_a_websocket_passes_in_both_directions_and_nothing_is_demanded_of_it() -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["chat"])
        await socket.prepare(request)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                await socket.send_bytes(message.data)
            else:
                await socket.send_str(message.data.upper())
        return socket

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        async with client.ws_connect(address, protocols=["chat"]) as socket:
            assert socket.protocol == "chat"
            await socket.send_str("hello")
            assert await socket.receive_str() == "HELLO"
            await socket.send_bytes(b"\x00")
            assert await socket.receive_bytes() == b"\x00"

    (row,) = recorded(echo, ask).rows
    assert (row.status, row.error) == (None, "WebSocket: nothing is demanded of it")


def test_an_app_that_hangs_is_named_and_its_client_gets_504() -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async def ask(client: aiohttp.ClientSession, address: str) -> None:
        async with client.get(address) as response:
            assert response.status == 504
            assert "did not answer within 0.2 s" in await response.text()

    (row,) = recorded(hang, ask, silent_seconds=0.2).rows
    assert row.status is None and (row.error or "").startswith("TimeoutError")


def test_an_app_that_is_not_there_is_named_and_its_client_gets_502() -> None:
    async def session() -> Recorder:
        recorder = Recorder(Target("http://127.0.0.1:1", "127.0.0.1", 1))
        async with (
            recorder.proxy.listening(0) as address,
            aiohttp.ClientSession() as client,
            client.get(address) as response,
        ):
            assert response.status == 502
            assert "does not answer" in await response.text()
        return recorder

    (row,) = asyncio.run(session()).rows
    assert (row.error or "").startswith("ClientConnectorError")


def test_a_port_that_is_taken_is_named() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response()

    async def session() -> None:
        async with app(answer) as target, Recorder(target).proxy.listening(target.port):
            raise AssertionError("it listens where somebody else does")

    with pytest.raises(StackError, match=r"cannot be listened on.*"):
        asyncio.run(session())
