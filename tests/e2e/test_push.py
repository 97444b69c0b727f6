"""Metrics and log lines that workers push themselves, through the real Collector: each counted once."""

import os
import signal
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Literal
from uuid import uuid4

from stackctl import ports
from stackctl.query import Loki, Prometheus
from stackctl.system.polling import NotYet, poll_until
from tests.integration.telemetry.gunicorn_app import GunicornApp
from tests.integration.telemetry.test_push_under_gunicorn import PUSHING

WITHIN = 30.0
WINDOW = "10m"


def test_four_workers_that_push_count_every_request_once(stack: None, tmp_path: Path) -> None:
    service = f"pushing-{uuid4().hex[:8]}"
    app = GunicornApp(
        tmp_path,
        PUSHING.replace('"service.name": "hello"', f'"service.name": "{service}"'),
        environment={
            "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP, ""),
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        },
        command=(sys.executable, "-m", "gunicorn", "--workers", "4"),
    )
    try:
        app.wait_until_ready()
        sent: Counter[str] = Counter()
        for part in range(4):
            app.serve(100, f"/hello/{part}")
            sent[str(part)] += 100
            os.kill(app.worker_pids()[0], signal.SIGTERM)
        app.stop()
    finally:
        app.kill()

    series = f'{{service_name="{service}"}}[{WINDOW}]'
    counted = [
        f"sum(increase(hello_requests_total{series} anchored))",
        f"sum(increase(hello_seconds_count{series} anchored))",
        f"sum(last_over_time(hello_requests_total{series}))",
    ]
    for query in counted:
        poll_until(partial(_is_400, query), f"{query} to be 400", WITHIN)
    assert len(Prometheus().instant(f"last_over_time(hello_requests_total{series})")) > 1
    lines = poll_until(
        lambda: found if len(found := _lines(service)) >= 400 else NotYet(f"{len(found)} lines"),
        "all lines in Loki",
        WITHIN,
    )
    assert Counter(lines) == sent


def _is_400(query: str) -> Literal[True] | NotYet:
    value = Prometheus().value(query)
    return True if value == 400 else NotYet(value)


def _lines(service: str) -> list[str]:
    now = time.time_ns()
    return [each.text for each in Loki().lines(f'{{service_name="{service}"}}', now - 600 * 10**9, now)]
