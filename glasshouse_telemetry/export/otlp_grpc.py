"""OTLP over gRPC by the stock exporter. The only module that imports grpc."""

import logging
from collections.abc import Sequence
from typing import Any, Final

import grpc
from opentelemetry.exporter.otlp.proto.grpc import exporter, trace_exporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExportResult

from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome
from glasshouse_telemetry.fast import otlp as _otlp

# The OTLP specification, without its special cases: these may be mended by trying again.
_RETRYABLE: Final = frozenset(
    {
        "CANCELLED",
        "DEADLINE_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNAVAILABLE",
        "DATA_LOSS",
    }
)
_UNTOLD: Final = Outcome("grpc", "the exporter failed without saying why", retryable=True)


class GrpcSender:
    """Endpoint, headers, time-out, compression, certificates: as the OTEL_EXPORTER_OTLP_* variables say."""

    def __init__(self) -> None:
        self._failure = _Failure()
        # Before the exporter's own filter, which hides a failure that is like the last one.
        logging.getLogger(exporter.__name__).filters.insert(0, self._failure)
        # No failure has the code OK: the exporter returns after the first attempt and leaves retrying to us.
        self._exporter = _Exporter(retryable_error_codes=(grpc.StatusCode.OK,))

    def send(self, batch: Sequence[Any]) -> Outcome:
        self._failure.outcome = _UNTOLD
        if self._exporter.export(batch) is SpanExportResult.SUCCESS:
            return DELIVERED
        return self._failure.outcome

    def close(self) -> None:
        logging.getLogger(exporter.__name__).removeFilter(self._failure)
        self._exporter.shutdown()


class _Exporter(trace_exporter.OTLPSpanExporter):
    """Takes spans that are encoded already."""

    def _translate_data(self, data: Sequence[Any]) -> ExportTraceServiceRequest:
        return ExportTraceServiceRequest.FromString(_otlp.request(data))


class _Failure(logging.Filter):
    """The exporter tells the status code to its logger alone. It goes no further: we log an outage, once."""

    outcome = _UNTOLD

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args if isinstance(record.args, tuple) else ()
        for code in (argument.name for argument in arguments if isinstance(argument, grpc.StatusCode)):
            self.outcome = Outcome(code, record.getMessage(), retryable=code in _RETRYABLE)
        return False


GRPC: Final = Destination(GrpcSender, _otlp.encoded)
