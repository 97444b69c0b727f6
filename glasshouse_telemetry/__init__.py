"""Make a Flask app observable in one line: JSON logs, Prometheus metrics with exemplars, OpenTelemetry spans.

    import logging
    from flask import Flask
    import glasshouse_telemetry as telemetry

    app = Flask(__name__)
    telemetry.instrument(app, service_name="hello", service_version="1.0.0")

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        logging.getLogger(__name__).info("greeting", extra={"greeting.length": len(name)})
        return f"Hello {name}"

The spans go to OTEL_EXPORTER_OTLP_ENDPOINT, the metrics are at /metrics, the lines on standard output or in
TELEMETRY_LOG_FILE. What they say and how to set it: docs/telemetry.md. For tests: `telemetry.testing`.
"""

from typing import TYPE_CHECKING, Any

from glasshouse_telemetry import names
from glasshouse_telemetry._request_id import adopt_request_id, request_id
from glasshouse_telemetry.logs.handler import configure_logging
from glasshouse_telemetry.logs.loguru import use_loguru
from glasshouse_telemetry.logs.output import flush_log_lines
from glasshouse_telemetry.metrics.instruments import exemplar
from glasshouse_telemetry.spans.provider import Telemetry, start_tracing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from glasshouse_telemetry.flask.instrument import instrument

__all__ = [
    "Telemetry",
    "adopt_request_id",
    "configure_logging",
    "exemplar",
    "flush_log_lines",
    "instrument",
    "instrument_sqlalchemy",
    "names",
    "request_id",
    "start_tracing",
    "use_loguru",
]


def __getattr__(name: str) -> Any:
    """`instrument` needs Flask (the extra `flask`), which a program without a web app need not have."""
    if name == "instrument":
        from glasshouse_telemetry._extras import from_extra

        with from_extra("flask"):
            from glasshouse_telemetry.flask.instrument import instrument
        return instrument
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def instrument_sqlalchemy(engine: "Engine") -> None:
    """Observe SQLAlchemy, and export the state of this engine's pool even before its first statement.

    Hardly ever needed: `instrument()` observes every engine by itself.
    Needs the extra `sqlalchemy`.
    """
    from glasshouse_telemetry._extras import from_extra

    with from_extra("sqlalchemy"):
        from glasshouse_telemetry.libraries import sqlalchemy
    sqlalchemy.instrument_sqlalchemy(engine)
