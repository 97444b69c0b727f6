"""One attempt at delivering a batch by the stock OTLP exporters, and what came of it. Retrying is the queue's business."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.util._importlib_metadata import entry_points

# The OTLP specification: these may be mended by trying again, every other answer may not.
_RETRYABLE_STATUS: Final = frozenset({429, 502, 503, 504})
_RETRYABLE_CODES: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt. `error_type` is empty when the batch was taken."""

    error_type: str = ""
    reason: str = ""
    retryable: bool = False
    retry_after: float = 0.0


DELIVERED: Final = Outcome()


class Sender(Protocol):
    """Delivers batches, one attempt each."""

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome: ...

    def close(self) -> None: ...


class _NotDelivered(Exception):
    """Raised through the stock exporter, which knows no way to retry it and returns at once."""


class _Session(requests.Session):
    """Keeps the outcome of the last attempt, which the exporter's result does not tell."""

    outcome = DELIVERED

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        try:
            response = super().request(*args, **kwargs)
        except (requests.RequestException, OSError) as error:
            self.outcome = Outcome(type(error).__name__, str(error), retryable=True)
            raise _NotDelivered from error
        self.outcome = _judge(response)
        if self.outcome is not DELIVERED:
            raise _NotDelivered
        return response


def _judge(response: requests.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return DELIVERED
    return Outcome(
        str(status),
        f"{status} {response.reason}",
        retryable=status in _RETRYABLE_STATUS,
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


class HttpSender:
    """OTLP over HTTP with protobuf."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http import trace_exporter

        _silence(trace_exporter.__name__)
        self._session = _Session()
        self._exporter = trace_exporter.OTLPSpanExporter(session=self._session)

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        self._session.outcome = Outcome("encoding", "the batch could not be encoded or is too large")
        self._exporter.export(spans)
        return self._session.outcome

    def close(self) -> None:
        self._exporter.shutdown()


class GrpcSender:
    """OTLP over gRPC. The only place that imports grpc."""

    def __init__(self) -> None:
        from grpc import StatusCode
        from opentelemetry.exporter.otlp.proto.grpc import exporter, trace_exporter

        self._errors = _silence(exporter.__name__)
        self._exporter = trace_exporter.OTLPSpanExporter(retryable_error_codes=(StatusCode.OK,))  # none: see Sender

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return DELIVERED
        code = self._errors.last_code
        return Outcome(code, f"{code} {self._errors.last_message}", retryable=code in _RETRYABLE_CODES)

    def close(self) -> None:
        self._exporter.shutdown()


class OtherSender:
    """An exporter that OTEL_TRACES_EXPORTER names (console, zipkin, …). It retries itself where it can."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return DELIVERED
        return Outcome("failure", f"{type(self._exporter).__name__} failed")

    def close(self) -> None:
        self._exporter.shutdown()


class _LastError(logging.Filter):
    """Swallows what an exporter logs about each failed attempt (we log the outage once) and remembers the last."""

    last_code = ""
    last_message = ""

    def filter(self, record: logging.LogRecord) -> bool:
        self.last_message = record.getMessage()
        arguments = record.args if isinstance(record.args, tuple) else ()
        self.last_code = next((arg.name for arg in arguments if type(arg).__name__ == "StatusCode"), "UNKNOWN")
        return False


def _silence(logger_name: str) -> _LastError:
    logger = logging.getLogger(logger_name)
    found = next((each for each in logger.filters if isinstance(each, _LastError)), None)
    if found is None:
        found = _LastError()
        logger.addFilter(found)
    return found


def senders_wanted() -> list[Callable[[], Sender]]:
    """What OTEL_TRACES_EXPORTER asks for: `otlp` (default), `none`, or names of installed exporters."""
    wanted = [name.strip() for name in os.environ.get("OTEL_TRACES_EXPORTER", "otlp").split(",")]
    return [_sender(name) for name in wanted if name not in ("", "none")]


def _sender(name: str) -> Callable[[], Sender]:
    if name == "otlp":
        protocol = (
            os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
            or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
            or "http/protobuf"
        )
        return GrpcSender if protocol == "grpc" else HttpSender
    return lambda: OtherSender(next(iter(entry_points(group="opentelemetry_traces_exporter", name=name))).load()())
