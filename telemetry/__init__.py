"""Make a Flask app observable in one line: JSON logs, Prometheus metrics with exemplars, OpenTelemetry traces.

    import logging
    from flask import Flask
    import telemetry

    app = Flask(__name__)
    telemetry.instrument(app, service_name="hello", service_version="1.0.0")

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        logging.getLogger(__name__).info("greeting", extra={"greeting.length": len(name)})
        return f"Hello {name}"
"""

from telemetry import names
from telemetry._flask import instrument
from telemetry._logging import configure_logging
from telemetry._request_id import request_id
from telemetry._tracing import Telemetry, start_tracing

__all__ = ["Telemetry", "configure_logging", "instrument", "names", "request_id", "start_tracing"]
