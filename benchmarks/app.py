"""The app under load: the same two handlers, observed by whatever BENCHMARK_VARIANT names.

It runs in the environment of requirements/benchmarks.txt; what one variant needs is imported by that one.
"""

import logging
import os
import threading
import time
from importlib import import_module
from typing import Any

import requests
from flask import Flask, Response, g, request
from sqlalchemy import create_engine, text

DOWNSTREAM = os.environ.get("BENCHMARK_DOWNSTREAM", "http://127.0.0.1:15001")
_engine = create_engine(os.environ.get("BENCHMARK_DATABASE", "sqlite://"), pool_size=8)
_local = threading.local()


def make_app() -> Flask:
    app = Flask("benchmark")

    @app.get("/hello/<name>")
    def hello(name: str) -> dict[str, str]:
        """Trivial: nothing but the frameworks."""
        return {"hello": name}

    @app.get("/orders/<int:number>")
    def order(number: int) -> dict[str, object]:
        """Realistic: two calls to other services and one to the database."""
        user = _session().get(f"{DOWNSTREAM}/users/{number % 100}").json()
        product = _session().get(f"{DOWNSTREAM}/products/{number % 100}").json()
        with _engine.connect() as connection:
            statement = text("SELECT number, total FROM orders WHERE number = :number")
            row = connection.execute(statement, {"number": number % 100}).one()
        return {"order": row.number, "total": row.total, "user": user["id"], "product": product["id"]}

    return app


def _session() -> requests.Session:
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    session: requests.Session = _local.session
    return session


def _make_orders() -> None:
    with _engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, total INTEGER)")
        )
        connection.execute(text("DELETE FROM orders"))
        connection.execute(
            text("INSERT INTO orders VALUES (:number, :total)"),
            [{"number": number, "total": number * 7} for number in range(100)],
        )


def bare(app: Flask) -> None:
    """Not observed at all."""


def glasshouse(app: Flask) -> None:
    import glasshouse_telemetry as telemetry

    telemetry.instrument(app, service_name="benchmark", service_version="1")


def opentelemetry(app: Flask) -> None:
    """Spans come from `opentelemetry-instrument`; the other two signals as its users add them."""
    trace = import_module("opentelemetry.trace")
    client = import_module("prometheus_client")
    durations = client.Histogram("http_server_request_duration_seconds", "…", ("method", "route", "status"))
    log = _json_logger()

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.began
        route = request.url_rule.rule if request.url_rule else ""
        context = trace.get_current_span().get_span_context()
        ids = {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
        durations.labels(request.method, route, response.status_code).observe(seconds, exemplar=ids)
        log.info(
            "request", extra={"route": route, "status": response.status_code, "ms": seconds * 1e3, **ids}
        )
        return response


def prometheus_flask_exporter(app: Flask) -> None:
    import_module("prometheus_flask_exporter").PrometheusMetrics(app)


def elastic_apm(app: Flask) -> None:
    import_module("elasticapm.contrib.flask").ElasticAPM(app)


def ddtrace(app: Flask) -> None:
    """`ddtrace-run` does it all."""


def _json_logger() -> logging.Logger:
    formatter: Any = import_module("pythonjsonlogger.json").JsonFormatter
    handler = logging.FileHandler(os.environ["TELEMETRY_LOG_FILE"])
    handler.setFormatter(formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("access")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    return logger


def create_app() -> Flask:
    _make_orders()
    app = make_app()
    globals()[os.environ["BENCHMARK_VARIANT"]](app)
    return app
