"""Which exporters deliver the spans, as the environment asks. Retrying is the queue's business."""

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import entry_points

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome

_log = logging.getLogger("telemetry.export")


class OtherSender:
    """An exporter that OTEL_TRACES_EXPORTER names: console, zipkin … It retries by itself where it can."""

    def __init__(self, make_exporter: Callable[[], SpanExporter]) -> None:
        self._exporter = make_exporter()

    def send(self, batch: Sequence[ReadableSpan]) -> Outcome:
        if self._exporter.export(batch) is SpanExportResult.SUCCESS:
            return DELIVERED
        return Outcome("failure", f"{type(self._exporter).__name__} failed")

    def close(self) -> None:
        self._exporter.shutdown()


def destinations_wanted() -> list[Destination]:
    """What OTEL_TRACES_EXPORTER names: `otlp` (default), `none`, or any installed exporter."""
    wanted = os.environ.get("OTEL_TRACES_EXPORTER") or "otlp"
    found = (_destination(name.strip()) for name in wanted.split(",") if name.strip() not in ("", "none"))
    return [each for each in found if each is not None]


def _destination(name: str) -> Destination | None:
    if name == "otlp":
        return _otlp(
            os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
            or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
            or "http/protobuf"
        )
    if name in ("otlp_proto_http", "otlp_proto_grpc"):
        return _otlp("grpc" if name.endswith("grpc") else "http/protobuf")
    for entry_point in entry_points(group="opentelemetry_traces_exporter", name=name):
        return Destination(partial(OtherSender, entry_point.load()))
    _log.warning("OTEL_TRACES_EXPORTER names %r, which is not installed: no spans go there", name)
    return None


def _otlp(protocol: str) -> Destination:
    """Imports one stock exporter, never both, and now: an interpreter about to end could not import grpc."""
    if protocol == "grpc":
        from glasshouse_telemetry.export.otlp_grpc import GRPC

        return GRPC
    from glasshouse_telemetry.export.otlp_http import HTTP

    if protocol != "http/protobuf":
        _log.warning("the OTLP protocol %r is not supported: using http/protobuf", protocol)
    return HTTP
