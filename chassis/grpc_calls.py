"""One gRPC call, as server or as client: what its span, its metric and its log line say."""

import logging
import time
from collections.abc import Mapping

import grpc
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import Histogram

import glasshouse_telemetry as telemetry
from chassis import grpc_names
from glasshouse_telemetry import names

# For a server these are failures of its own; any other but OK is one of whoever called.
SERVER_FAILURES = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_CALL = (grpc_names.SYSTEM_NAME, grpc_names.METHOD, grpc_names.STATUS_CODE)
_PEER = (names.SERVER_ADDRESS, names.SERVER_PORT, names.SERVICE_PEER_NAME, names.ERROR_TYPE)

server_durations = Histogram(
    grpc_names.SERVER_CALL_DURATION,
    "Duration of gRPC calls served",
    map(names.label, _CALL),
    buckets=_BUCKETS,
)
client_durations = Histogram(
    grpc_names.CLIENT_CALL_DURATION,
    "Duration of gRPC calls made",
    map(names.label, _CALL + _PEER),
    buckets=_BUCKETS,
)

_access = logging.getLogger(grpc_names.ACCESS_LOGGER)


class _Call:
    """Starts its span when it is made; it ends once its status is known."""

    def __init__(
        self, method: str, kind: SpanKind, parent: Context | None, attributes: Mapping[str, str | int]
    ) -> None:
        self.method = method.removeprefix("/")
        self.attributes = {
            grpc_names.SYSTEM_NAME: grpc_names.GRPC,
            grpc_names.METHOD: self.method,
            **attributes,
        }
        self.span = trace.get_tracer("chassis.grpc").start_span(
            self.method, context=parent, kind=kind, attributes=self.attributes
        )
        self._started = time.perf_counter()

    def _end(self, status: grpc.StatusCode, failed: bool) -> float:
        """The seconds that it took."""
        seconds = time.perf_counter() - self._started
        self.span.set_attribute(grpc_names.STATUS_CODE, status.name)
        if failed:
            self.span.set_attribute(names.ERROR_TYPE, status.name)
            self.span.set_status(StatusCode.ERROR)
        self.span.end()
        return seconds


class ServerCall(_Call):
    def __init__(self, method: str, parent: Context) -> None:
        super().__init__(method, SpanKind.SERVER, parent, {})

    def finish(self, status: grpc.StatusCode) -> None:
        """All three signals; to be called in the span's context, so that the log line is of its trace."""
        failed = status in SERVER_FAILURES
        seconds = self._end(status, failed)
        labels = (grpc_names.GRPC, self.method, status.name)
        server_durations.labels(*labels).observe(seconds, telemetry.exemplar(self.span))
        fields = {
            grpc_names.SYSTEM_NAME: grpc_names.GRPC,
            grpc_names.METHOD: self.method,
            grpc_names.STATUS_CODE: status.name,
            names.DURATION_MS: round(seconds * 1000, 3),
        }
        level = logging.ERROR if failed else logging.INFO
        _access.log(level, "%s %s", self.method, status.name, extra=fields)


class ClientCall(_Call):
    def __init__(self, method: str, peer: Mapping[str, str | int]) -> None:
        super().__init__(method, SpanKind.CLIENT, None, peer)

    def finish(self, status: grpc.StatusCode) -> None:
        failed = status is not grpc.StatusCode.OK
        seconds = self._end(status, failed)
        peer = [str(self.attributes.get(name, "")) for name in _PEER[:3]]
        labels = (grpc_names.GRPC, self.method, status.name, *peer, status.name if failed else "")
        client_durations.labels(*labels).observe(seconds, telemetry.exemplar(self.span))
