"""Where the environment sends spans, metrics and log lines. Retrying is the queue's business."""

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from glasshouse_telemetry.export import otlp_settings
from glasshouse_telemetry.export.otlp_settings import Signal
from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome, RequestSender
from glasshouse_telemetry.fast import otlp

_log = logging.getLogger("telemetry.export")
_PROTOCOLS = {"otlp_proto_http": "http/protobuf", "otlp_proto_grpc": "grpc"}


class OtlpSpanSender:
    """Makes an OTLP request of a batch."""

    def __init__(self, make_sender: Callable[[], RequestSender], request: Callable[[Any], bytes]) -> None:
        self._sender = make_sender()
        self._request = request

    def send(self, batch: Sequence[Any]) -> Outcome:
        try:
            request = self._request(batch)
        except Exception as error:  # of one span, perhaps: in a smaller batch the others go
            return Outcome(type(error).__name__, "the batch cannot be encoded", too_large=True)
        return self._sender.send(request)

    def close(self) -> None:
        self._sender.close()


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
    named = dict.fromkeys(name.strip() for name in wanted.split(","))
    return [found for name in named if name and name != "none" and (found := _destination(name)) is not None]


def otlp_sender(signal: Signal, protocol: str | None = None) -> Callable[[], RequestSender] | None:
    """What makes the sender for this signal; None, and a line in the log, when it cannot be had.

    Call that in the process and the thread that send. `protocol`: by default as the environment says.
    """
    protocol = protocol or otlp_settings.otlp_protocol(signal)
    if protocol == "grpc":
        # Imported now: an interpreter about to end could not import it.
        try:
            from glasshouse_telemetry.export.otlp_grpc import GrpcSender
        except ImportError as error:
            _log.error(
                "no %s are exported: OTLP over grpc needs `pip install glasshouse-telemetry[grpc]` (%s)",
                signal,
                error,
            )
            return None
        return partial(GrpcSender, signal)
    from glasshouse_telemetry.export.otlp_http import HttpSender

    if protocol != "http/protobuf":
        _log.warning("the OTLP protocol %r is not supported: using http/protobuf", protocol)
    return partial(HttpSender, signal)


def _destination(name: str) -> Destination | None:
    if name == "otlp" or name in _PROTOCOLS:
        make_sender = otlp_sender("traces", _PROTOCOLS.get(name))
        return None if make_sender is None else _otlp(make_sender)
    for entry_point in entry_points(group="opentelemetry_traces_exporter", name=name):
        try:
            return Destination(partial(OtherSender, entry_point.load()))
        except Exception as error:
            _log.error("no spans go to the exporter %r of OTEL_TRACES_EXPORTER: %s", name, error)
            return None
    _log.warning("OTEL_TRACES_EXPORTER names %r, which is not installed: no spans go there", name)
    return None


def _otlp(make_sender: Callable[[], RequestSender]) -> Destination:
    """Our encoder where it does what the stock one does with the installed SDK, else the stock one."""
    try:
        agrees = otlp.agrees_with_stock_encoder()
    except Exception:
        agrees = False
    if not agrees:
        return Destination(partial(OtlpSpanSender, make_sender, _stock_request))
    return Destination(
        partial(OtlpSpanSender, make_sender, otlp.request),
        otlp.encoded,
        otlp.size_of,
        otlp.name_of,
        spools=True,
    )


def _stock_request(batch: Sequence[ReadableSpan]) -> bytes:
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    return encode_spans(batch).SerializePartialToString()
