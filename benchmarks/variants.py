"""Who is compared: what starts each, and what it is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

COLLECTOR_PORT = 15318
SINK_PORT = 15001
NOBODY_PORT = 15009  # where nobody listens


@dataclass(frozen=True)
class Variant:
    """`name` is also the function of benchmarks/app.py that sets it up."""

    name: str
    title: str
    signals: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


_OTLP = {
    "OTEL_SERVICE_NAME": "benchmark",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{COLLECTOR_PORT}",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
}

VARIANTS = (
    Variant("bare", "bare Flask", "none"),
    Variant("glasshouse", "Glasshouse", "traces, logs, metrics", environment=_OTLP),
    Variant(
        "opentelemetry",
        "opentelemetry-instrument, python-json-logger, prometheus-client",
        "traces, logs, metrics",
        ("opentelemetry-instrument",),
        _OTLP | {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"},
    ),
    Variant("prometheus_flask_exporter", "prometheus-flask-exporter", "metrics"),
    Variant(
        "elastic_apm",
        "elastic-apm",
        "traces",
        environment={
            "ELASTIC_APM_SERVER_URL": f"http://127.0.0.1:{SINK_PORT}",
            "ELASTIC_APM_SERVICE_NAME": "benchmark",
            "ELASTIC_APM_CENTRAL_CONFIG": "false",
            "ELASTIC_APM_CLOUD_PROVIDER": "none",
            "ELASTIC_APM_METRICS_INTERVAL": "0",
        },
    ),
    Variant(
        "ddtrace",
        "ddtrace",
        "traces",
        ("ddtrace-run",),
        {
            "DD_TRACE_AGENT_URL": f"http://127.0.0.1:{SINK_PORT}",
            "DD_SERVICE": "benchmark",
            "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
            "DD_REMOTE_CONFIGURATION_ENABLED": "false",
            "DD_RUNTIME_METRICS_ENABLED": "false",
            "DD_TRACE_RATE_LIMIT": "-1",
        },
    ),
)

# Ours once more, with a Collector that is away.
ALONE = Variant(
    "glasshouse",
    "Glasshouse, the Collector away",
    "traces, logs, metrics",
    environment=_OTLP | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{NOBODY_PORT}"},
)
