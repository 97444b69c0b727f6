"""The root span of every request: traffic chooses the trace id, so that it can be looked for later."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from glasshouse_telemetry import names
from proof.ledger.rows import is_expected
from proof.traffic.planned import RequestKind

_RUN = "traffic.run_id"
_KIND = "traffic.kind"


class PlannedIds(RandomIdGenerator):
    """Gives the root span that is about to start its planned trace id; any other span gets a random one."""

    def __init__(self) -> None:
        self._planned: ContextVar[int] = ContextVar("planned trace id")

    @contextmanager
    def trace_id(self, planned: int) -> Iterator[None]:
        token = self._planned.set(planned)
        try:
            yield
        finally:
            self._planned.reset(token)

    def generate_trace_id(self) -> int:
        return self._planned.get(0) or super().generate_trace_id()


class RootSpan:
    """The CLIENT span of one request."""

    def __init__(self, span: Span, kind: RequestKind) -> None:
        self._span = span
        self._kind = kind

    @property
    def span_id(self) -> str:
        return f"{self._span.get_span_context().span_id:016x}"

    @property
    def headers(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(self._span, Context()))
        return carrier

    def answered(self, status: int) -> None:
        """A 404 that was asked for is no error; any status that was not expected is."""
        self._span.set_attribute(names.HTTP_RESPONSE_STATUS_CODE, status)
        if not is_expected(status, self._kind.statuses):
            self._span.set_attribute(names.ERROR_TYPE, str(status))
            self._span.set_status(StatusCode.ERROR)

    def failed(self, error: BaseException) -> None:
        self._span.set_attribute(names.ERROR_TYPE, type(error).__qualname__)
        self._span.set_status(StatusCode.ERROR, str(error))


class RootSpans:
    """Starts the root spans of one run. `peer` is the name of the app that is asked, where it is known."""

    def __init__(self, tracer: trace.Tracer, ids: PlannedIds, run_id: str, peer: str = "") -> None:
        self._tracer = tracer
        self._ids = ids
        self._run_id = run_id
        self._peer = peer

    @contextmanager
    def start(self, trace_id: int, kind: RequestKind, url: str) -> Iterator[RootSpan]:
        server = urlsplit(url)
        attributes: dict[str, str | int] = {
            names.HTTP_REQUEST_METHOD: kind.method,
            names.URL_FULL: url,
            names.SERVER_ADDRESS: server.hostname or "",
            names.SERVER_PORT: server.port or 80,
            _RUN: self._run_id,
            _KIND: kind.name,
        }
        if self._peer:
            attributes[names.SERVICE_PEER_NAME] = self._peer
        with self._ids.trace_id(trace_id):
            span = self._tracer.start_span(kind.operation, Context(), SpanKind.CLIENT, attributes)
        try:
            yield RootSpan(span, kind)
        finally:
            span.end()
