"""A reverse proxy that gives each request a trace of its own and keeps the ledger, whoever sends it.

Bodies are handed on as they come, in both directions, and WebSockets message by message. The app's answer
reaches the client as it is: compressed bodies stay compressed, redirects are not followed, cookies not kept.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from rich.console import Console
from yarl import URL

from glasshouse_telemetry import start_tracing
from proof.ledger.rows import Ledger, Row
from proof.ledger.runs import Run, new_run_id
from proof.own_app.requests_file import AppRequest
from proof.own_app.target import Target, parse_target, require_collector
from proof.own_app.traffic import MOST_REQUESTS, SENDER
from proof.traffic.clock import Clock
from proof.traffic.run import PLANNED_IDS, flush
from proof.traffic.tracing import RootSpans
from stackctl import ports
from stackctl.errors import StackError

# An app that leaves a request without an answer for so long hangs: its client gets 504.
SILENT_SECONDS = 60.0
_CONNECT_SECONDS = 5.0

# What is under way when Ctrl-C comes may end.
_END_SECONDS = 3.0

# These belong to a connection, not to a request (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
# What the client did not send, the app does not get.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_OF_THE_TRACE = frozenset({"traceparent", "tracestate"})
_OF_THE_HANDSHAKE = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}
)

# Conventions do not say which status the span of a WebSocket has, nor whether it has one.
_WEBSOCKET = "WebSocket: nothing is demanded of it"

OnRow = Callable[[Row], object]


def record_app(console: Console, *, to: str, port: int, silent_seconds: float = SILENT_SECONDS) -> Run:
    """Stand before an app until Ctrl-C, and return the header of the run that its requests made.

    Args:
        to: the app's address.
        port: where to listen on this machine; 0 takes a free one.
        silent_seconds: for how long the app may leave a request unanswered before its client gets 504.
    """
    target = parse_target(to)
    require_collector()
    clock = Clock()
    run = Run(
        new_run_id(), 0, 0, 0, "recorded", planned=0, started_at=clock.now(), details={"to": target.url}
    )
    tracing = start_tracing(service_name=SENDER, id_generator=PLANNED_IDS)
    spans = RootSpans(tracing.tracer, PLANNED_IDS, run.run_id)
    proxy = RecordingProxy(target, spans, clock, silent_seconds)
    asyncio.run(_record(console, proxy, port, run))
    run = replace(run, ended_at=clock.now(), planned=proxy.recorded)
    run.save()
    flush(console, tracing)
    return run


async def _record(console: Console, proxy: "RecordingProxy", port: int, run: Run) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with proxy.listening(port) as address:
        run.save()
        with Ledger(run.ledger) as ledger:
            proxy.on_row = ledger.append
            told = f"Run {run.run_id}: send to {address} instead of {run.details['to']}. Ctrl-C ends it."
            console.print(told, soft_wrap=True)
            await stop.wait()
            await proxy.stop()


class _NoAnswerError(Exception):
    """The app gave none; `status` and `text` are what its client gets instead."""

    def __init__(self, cause: BaseException, status: int, text: str) -> None:
        super().__init__(text)
        self.cause = cause
        self.status = status


class RecordingProxy:
    """Gives every request's row to `on_row` once its answer has passed."""

    def __init__(
        self, target: Target, spans: RootSpans, clock: Clock, silent_seconds: float = SILENT_SECONDS
    ) -> None:
        self.on_row: OnRow = lambda row: None
        self.recorded = 0
        self._target = target
        self._spans = spans
        self._clock = clock
        self._silent_seconds = silent_seconds
        self._ids = RandomIdGenerator()
        self._taken = 0
        self._session: aiohttp.ClientSession
        self._runner: web.AppRunner

    @contextlib.asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[str]:
        """Yields its address."""
        self._session = aiohttp.ClientSession(
            # A connection that the app is about to close would lose the next request.
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_END_SECONDS,
            auto_decompress=False,
            handler_cancellation=True,
        )
        try:
            await self._runner.setup()
            try:
                await web.TCPSite(self._runner, ports.HOST, port).start()
            except OSError as error:
                hint = "Choose another one: --port 8081"
                raise StackError(f"Port {port} cannot be listened on: {error.strerror}.", hint) from None
            yield f"http://{ports.HOST}:{self._runner.addresses[0][1]}"
        finally:
            await self.stop()
            await self._session.close()

    async def stop(self) -> None:
        """Take no more requests; those under way have three seconds to end."""
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._taken += 1
        if self._taken > MOST_REQUESTS:
            text = f"./stack record keeps {MOST_REQUESTS:,} requests at most; start it again.\n"
            return web.Response(status=503, text=text)
        kind = AppRequest(request.method, request.raw_path)
        url = f"{self._target.url}{request.raw_path}"
        trace_id, sent_at = self._ids.generate_trace_id(), self._clock.now()
        status: int | None = None
        error: str | None = None
        with self._spans.start(trace_id, kind, url) as span:
            try:
                response = await self._pass_on(request, URL(url, encoded=True), span.headers)
                if isinstance(response, web.WebSocketResponse):
                    error = _WEBSOCKET
                else:
                    status = response.status
                    span.answered(status)
                return response
            except _NoAnswerError as failure:
                error = _reason(failure.cause)
                span.failed(failure.cause)
                return web.Response(status=failure.status, text=f"{failure}\n")
            except BaseException as failure:  # the client has gone, or Ctrl-C
                if _is_websocket(request):
                    error = _WEBSOCKET
                else:
                    error = _reason(failure)
                    span.failed(failure)
                raise
            finally:
                self.recorded += 1
                self.on_row(self._row(kind, request, trace_id, span.span_id, sent_at, status, error))

    async def _pass_on(self, request: web.Request, url: URL, trace: Mapping[str, str]) -> web.StreamResponse:
        headers = _without(request.headers, _OF_THE_TRACE | {"expect"})
        headers.extend(trace)
        if _is_websocket(request):
            return await self._pass_messages(request, url, headers)
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._silent_seconds):
                    answer = await stack.enter_async_context(
                        self._session.request(
                            request.method,
                            url,
                            headers=headers,
                            data=request.content if request.can_read_body else None,
                            allow_redirects=False,
                            skip_auto_headers=_NOT_ADDED,
                        )
                    )
            except TimeoutError as error:
                told = f"The app at {self._target.url} did not answer within {self._silent_seconds:g} s."
                raise _NoAnswerError(error, 504, told) from error
            except (aiohttp.ClientError, OSError) as error:
                told = f"The app at {self._target.url} does not answer: {error}"
                raise _NoAnswerError(error, 502, told) from error
            response = web.StreamResponse(
                status=answer.status, reason=answer.reason, headers=_without(answer.headers)
            )
            await response.prepare(request)
            async for part in answer.content.iter_any():
                await response.write(part)
            await response.write_eof()
            return response

    async def _pass_messages(
        self, request: web.Request, url: URL, headers: CIMultiDict[str]
    ) -> web.WebSocketResponse:
        protocols = [each.strip() for each in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")]
        try:
            app = await self._session.ws_connect(
                url,
                headers=_without(headers, _OF_THE_HANDSHAKE),
                protocols=[each for each in protocols if each],
                max_msg_size=0,
            )
        except (aiohttp.ClientError, OSError) as error:
            told = f"The app at {self._target.url} opens no WebSocket: {error}"
            raise _NoAnswerError(error, 502, told) from error
        async with app:
            client = web.WebSocketResponse(protocols=[app.protocol] if app.protocol else (), max_msg_size=0)
            await client.prepare(request)
            ways = [asyncio.ensure_future(_hand_on(*way)) for way in ((client, app), (app, client))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            await client.close(code=app.close_code or 1000)
            return client

    def _row(
        self,
        kind: AppRequest,
        request: web.Request,
        trace_id: int,
        span_id: str,
        sent_at: float,
        status: int | None,
        error: str | None,
    ) -> Row:
        done_at = self._clock.now()
        return Row(
            n=self.recorded,
            kind=kind.name,
            client="",
            trace_id=f"{trace_id:032x}",
            span_id=span_id,
            request_id=request.headers.get("X-Request-ID", ""),
            method=request.method,
            path=request.raw_path,
            route="",
            intended_at=round(sent_at, 6),
            sent_at=round(sent_at, 6),
            done_at=round(done_at, 6),
            status=status,
            # Whoever has sent it knows what is right.
            expected_statuses=() if status is None else (status,),
            created_id=None,
            error=error,
            latency_ms=round((done_at - sent_at) * 1000, 3),
        )


WebSocket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _hand_on(source: WebSocket, destination: WebSocket) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await destination.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await destination.send_bytes(message.data)
    await destination.close(code=source.close_code or 1000)


def _without(headers: Mapping[str, str], more: frozenset[str] = frozenset()) -> CIMultiDict[str]:
    """All but those that belong to a connection: the usual ones, and those that it names itself."""
    named = {each.strip().lower() for each in headers.get(hdrs.CONNECTION, "").split(",")}
    dropped = _HOP_BY_HOP | named | more
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


def _is_websocket(request: web.Request) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
