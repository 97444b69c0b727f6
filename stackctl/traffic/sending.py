"""Sending a plan: every request leaves at its time, whether those before it were answered or not."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from stackctl.expectations import KINDS
from stackctl.traffic.ledger import Row
from stackctl.traffic.plan import PlannedRequest
from stackctl.traffic.tracing import RootSpans

REQUEST_SECONDS = 15.0

# Shorter than the services keep an idle connection (75 s): a request on one that is just being closed would
# be lost, or sent again by the client and so counted twice.
_KEEPALIVE_SECONDS = 15.0


@dataclass(frozen=True)
class Outcome:
    """What came of a request: a status and the body, or no status and the reason."""

    sent_at: float
    done_at: float
    span_id: str
    status: int | None = None
    body: bytes = b""
    error: str | None = None


class Clock:
    """Seconds since the epoch that never jump while a run lasts."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return time.monotonic() + self._offset


class Sender:
    """Sends a plan and gives every request's row to `on_row` as soon as its outcome is known."""

    def __init__(
        self, urls: Mapping[str, str], spans: RootSpans, clock: Clock, on_row: Callable[[Row], object]
    ) -> None:
        self._urls = urls
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
        kind, path, body = planned.resolved(self._created)
        outcome = await self._exchange(session, planned, kind, path, body)
        self._on_row(_row(planned, kind, path, started_at, outcome))
        self._remember(planned.n, outcome)

    async def _exchange(
        self, session: aiohttp.ClientSession, planned: PlannedRequest, kind: str, path: str, body: str | None
    ) -> Outcome:
        expected = KINDS[kind]
        url = self._urls[expected.service] + path
        sent_at = self._clock.now()
        with self._spans.start(planned, expected, url) as span:
            headers = {"X-Request-ID": planned.request_id, **span.headers}
            if body is not None:
                headers["Content-Type"] = "application/json"
            try:
                async with session.request(expected.method, url, data=body, headers=headers) as response:
                    content = await response.read()
                    span.answered(response.status)
                    return Outcome(sent_at, self._clock.now(), span.span_id, response.status, content)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                span.failed(error)
                reason = f"{type(error).__name__}: {error}".removesuffix(": ")
                return Outcome(sent_at, self._clock.now(), span.span_id, error=reason)

    def _remember(self, n: int, outcome: Outcome) -> None:
        """Keep the id of what was created, for the requests that wait for it."""
        if n in self._finished:
            if (created := _created_id(outcome)) is not None:
                self._created[n] = created
            self._finished[n].set()


def _created_id(outcome: Outcome) -> str | None:
    if outcome.status != 201:
        return None
    try:
        return str(json.loads(outcome.body)["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _row(planned: PlannedRequest, kind: str, path: str, started_at: float, outcome: Outcome) -> Row:
    expected = KINDS[kind]
    intended_at = started_at + planned.offset
    return Row(
        n=planned.n,
        kind=kind,
        trace_id=f"{planned.trace_id:032x}",
        span_id=outcome.span_id,
        request_id=planned.request_id,
        method=expected.method,
        path=path,
        service=expected.service,
        route=expected.route,
        intended_at=round(intended_at, 6),
        sent_at=round(outcome.sent_at, 6),
        done_at=round(outcome.done_at, 6),
        status=outcome.status,
        expected_statuses=expected.statuses,
        error=outcome.error,
        latency_ms=round((outcome.done_at - intended_at) * 1000, 3),
    )
