"""Sending a plan: every request leaves at its time, whether those before it were answered or not."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from proof.ledger.rows import Row
from proof.traffic.clock import Clock
from proof.traffic.planned import PlannedRequest, RequestKind
from proof.traffic.response import Response
from proof.traffic.tracing import RootSpans

REQUEST_SECONDS = 15.0

# Shorter than the gateway keeps an idle connection (75 s): a request on one that is just being closed would
# be lost, or sent again by the client and so counted twice.
_KEEPALIVE_SECONDS = 15.0


class Clients(Protocol):
    """Who sends: their headers, and what is known of them only when a request leaves."""

    def headers(self, client: str) -> Mapping[str, str]: ...
    def fill_in(self, client: str, text: str) -> str: ...
    def answered(self, kind: str, client: str, response: Response) -> None: ...


@dataclass(frozen=True)
class _Request:
    """A planned request as it is sent, now that all ids in it are known."""

    planned: PlannedRequest
    kind: RequestKind
    path: str
    body: str | None
    headers: dict[str, str]


class Sender:
    """Sends a plan to an app, and gives every request's row to `on_row` once its outcome is known."""

    def __init__(
        self,
        url: str,
        kinds: Mapping[str, RequestKind],
        clients: Clients,
        spans: RootSpans,
        clock: Clock,
        on_row: Callable[[Row], object],
    ) -> None:
        self._url = url
        self._kinds = kinds
        self._clients = clients
        self._spans = spans
        self._clock = clock
        self._on_row = on_row
        self._created: dict[int, str] = {}
        self._finished: dict[int, asyncio.Event] = {}

    async def send(self, plan: Sequence[PlannedRequest], started_at: float, stop: asyncio.Event) -> None:
        """Send until the plan is through or `stop` is set, then wait for the answers to what was sent."""
        self._finished = {planned.needs: asyncio.Event() for planned in plan if planned.needs is not None}
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_SECONDS)
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as requests,
        ):
            for planned in plan:
                if await self._stopped_before(started_at + planned.offset, stop):
                    break
                requests.create_task(self._send_one(session, planned, started_at))

    async def _stopped_before(self, moment: float, stop: asyncio.Event) -> bool:
        delay = moment - self._clock.now()
        if delay > 0 and not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), delay)
        return stop.is_set()

    async def _send_one(
        self, session: aiohttp.ClientSession, planned: PlannedRequest, started_at: float
    ) -> None:
        if planned.needs is not None:
            await self._finished[planned.needs].wait()
        request = self._request(planned)
        outcome = await self._exchange(session, request)
        self._on_row(_row(request, started_at, outcome))
        self._remember(request, outcome)

    def _request(self, planned: PlannedRequest) -> _Request:
        kind, path, body = planned.resolved(self._created)
        headers = {"X-Request-ID": planned.request_id}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = self._clients.fill_in(planned.client, body)
        headers |= self._clients.headers(planned.client)
        path = self._clients.fill_in(planned.client, path)
        return _Request(planned, self._kinds[kind], path, body, headers)

    async def _exchange(self, session: aiohttp.ClientSession, request: _Request) -> Response:
        url = self._url + request.path
        sent_at = self._clock.now()
        with self._spans.start(request.planned.trace_id, request.kind, url) as span:
            headers = request.headers | span.headers
            try:
                async with session.request(
                    request.kind.method, url, data=request.body, headers=headers
                ) as response:
                    content = await response.read()
                    span.answered(response.status)
                    return Response(sent_at, self._clock.now(), span.span_id, response.status, content)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                span.failed(error)
                reason = f"{type(error).__name__}: {error}".removesuffix(": ")
                return Response(sent_at, self._clock.now(), span.span_id, error=reason)

    def _remember(self, request: _Request, outcome: Response) -> None:
        """Keep the id of what was created for the requests that wait for it."""
        self._clients.answered(request.kind.name, request.planned.client, outcome)
        if (finished := self._finished.get(request.planned.n)) is not None:
            if (created := outcome.created_id) is not None:
                self._created[request.planned.n] = created
            finished.set()


def _row(request: _Request, started_at: float, outcome: Response) -> Row:
    planned, kind = request.planned, request.kind
    intended_at = started_at + planned.offset
    return Row(
        n=planned.n,
        kind=kind.name,
        client=planned.client,
        trace_id=f"{planned.trace_id:032x}",
        span_id=outcome.span_id,
        request_id=planned.request_id,
        method=kind.method,
        path=request.path,
        route=kind.route,
        intended_at=round(intended_at, 6),
        sent_at=round(outcome.sent_at, 6),
        done_at=round(outcome.done_at, 6),
        status=outcome.status,
        expected_statuses=kind.statuses,
        created_id=outcome.created_id,
        error=outcome.error,
        latency_ms=round((outcome.done_at - intended_at) * 1000, 3),
    )
