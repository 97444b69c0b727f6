"""Metrics and log records made with OpenTelemetry's own API: delivered by the SDK's stock parts.

For programs under `opentelemetry-instrument`. What the library records itself does not come this way.
"""

import logging
import os
from importlib.metadata import entry_points
from typing import Any, Final

from opentelemetry import _logs, metrics
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry._resource import of_this_process
from glasshouse_telemetry.export.exporters import exporters_named
from glasshouse_telemetry.export.otlp_settings import Signal, otlp_protocol

_log = logging.getLogger("telemetry.export")
_EXPORTERS: Final = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
# What the API answers with before anybody has set a provider.
_PROXIES: Final = frozenset({"_ProxyMeterProvider", "ProxyLoggerProvider"})


def start_otel_signals(resource: Resource) -> None:
    """Set up a meter provider and a logger provider, for each signal that goes to `otlp`.

    A provider that somebody has set up already stays.
    """
    if _wanted("OTEL_METRICS_EXPORTER", metrics.get_meter_provider()):
        _start_metrics(resource)
    if _wanted("OTEL_LOGS_EXPORTER", _logs.get_logger_provider()):
        _start_logs(resource)


def _start_metrics(resource: Resource) -> None:
    if (exporter := _stock_exporter("metrics")) is not None:
        reader = PeriodicExportingMetricReader(exporter)
        provider = MeterProvider([reader], of_this_process(resource))
        _renew_instance(provider, resource)
        metrics.set_meter_provider(provider)


def _start_logs(resource: Resource) -> None:
    if (exporter := _stock_exporter("logs")) is not None:
        provider = LoggerProvider(of_this_process(resource))
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        _renew_instance(provider, resource)
        _logs.set_logger_provider(provider)


def _wanted(variable: str, present: object) -> bool:
    return "otlp" in exporters_named(variable) and type(present).__name__ in _PROXIES


def _renew_instance(provider: MeterProvider | LoggerProvider, resource: Resource) -> None:
    """A server's workers are forked from the process that set the provider up, and need ids of their own."""
    update = getattr(provider, "_update_resource", None)
    if update is not None:
        os.register_at_fork(after_in_child=lambda: update(of_this_process(resource)))


def _stock_exporter(signal: Signal) -> Any:
    protocol = otlp_protocol(signal)
    name = _EXPORTERS.get(protocol, _EXPORTERS["http/protobuf"])
    for entry_point in entry_points(group=f"opentelemetry_{signal}_exporter", name=name):
        try:
            return entry_point.load()()
        except Exception as error:
            _log.error("no %s made with OpenTelemetry's API are exported: %s", signal, error)
            return None
    _log.error("no %s made with OpenTelemetry's API are exported: no exporter for %s", signal, protocol)
    return None
