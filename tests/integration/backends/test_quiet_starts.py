"""A healthy stack starts without a warning, also the second time, with what was stored meanwhile."""

import http.server
import re
import threading
from collections.abc import Iterator
from random import getrandbits, random
from typing import Any, Final

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from stackctl import ports
from stackctl.run.backends import PROGRAMS
from stackctl.system.polling import NotYet, poll_until
from tests.private_backends import PrivateBackends

_WARNINGS: Final = re.compile(r"\b(warn|error|fatal)\b|level=(WARN|ERROR)|panic", re.IGNORECASE)
# What no setting prevents: Jaeger's pages are in the official archives only, and in its first second Loki's
# parts ask each other before all are there. Alerts go to the stack's own ports, where nobody may be.
_KNOWN: Final = re.compile(
    r"ui assets not embedded|badger .* INFO|ratestore.go.*empty ring|frontend_scheduler_worker.*init: ERROR"
    r"|Error sending alerts|Notify attempt failed|Notify for alerts failed"
)


class Services:
    """What the Collector scrapes, on the ports of the services: a histogram with exemplars."""

    def __init__(self, host: str) -> None:
        self._registry = CollectorRegistry()
        self.seconds = Histogram("requests_seconds", "Durations", registry=self._registry)
        registry = self._registry

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
                self.send_response(200)
                self.send_header("Content-Type", CONTENT_TYPE_LATEST)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        listening = {**ports.SERVICES, "gateway": ports.GATEWAY_METRICS}
        self._servers = [
            http.server.ThreadingHTTPServer((host, port), Handler) for port in listening.values()
        ]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def observe(self) -> None:
        self.seconds.observe(random() / 10, {"trace_id": f"{getrandbits(128):032x}"})

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def backends(tmp_path: Any) -> Iterator[PrivateBackends]:
    (tmp_path / "discovery").mkdir()
    backends = PrivateBackends(tmp_path, PROGRAMS)
    services = Services(backends.host)
    tracers = TracerProvider(resource=Resource({"service.name": "users"}))
    exporter = OTLPSpanExporter(backends.url(ports.OTLP_HTTP, "/v1/traces"))
    tracers.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=100))
    tracer = tracers.get_tracer("test")
    with backends:

        def busy() -> bool:
            for _ in range(20):
                services.observe()
                span = tracer.start_span("work", start_time=10**18)
                span.end(10**18 + int(random() * 1e8))
            return has_exemplars(backends)

        poll_until(busy, "exemplars of scrapes and of spans, three times each", 60, interval=0.5)
        yield backends
        tracers.shutdown()
        services.close()


def has_exemplars(backends: PrivateBackends) -> bool:
    """Of several scrapes and flushes: the out-of-order ones come with the second."""
    of_spans = backends.prometheus.exemplars('{__name__=~"traces_span_metrics.+"}', 0, 2**33)
    of_scrapes = backends.prometheus.exemplars('{__name__="requests_seconds_bucket"}', 0, 2**33)
    times = {each.time for each in of_spans}
    return len(times) >= 3 and len(of_scrapes) > 3 * len({each.series["le"] for each in of_scrapes})


def warnings(log: str) -> list[str]:
    return [line for line in log.splitlines() if _WARNINGS.search(line) and not _KNOWN.search(line)]


def test_a_start_of_the_whole_stack_warns_of_nothing(backends: PrivateBackends) -> None:
    out_of_order = "prometheus_tsdb_exemplar_out_of_order_exemplars_total"
    poll_until(
        lambda: backends.prometheus.value(out_of_order) is not None or NotYet("no sample"),
        "Prometheus' metrics in Prometheus",
    )
    assert {name: warnings(backends.log(name)) for name in backends.components} == {
        name: [] for name in backends.components
    }
    assert backends.prometheus.value(out_of_order) == 0

    for name in backends.components:
        backends.stop(name)
    for name in backends.components:
        backends.log_file(name).write_bytes(b"")
    for name in reversed(backends.components):
        backends.start(name)

    assert {name: warnings(backends.log(name)) for name in backends.components} == {
        name: [] for name in backends.components
    }
