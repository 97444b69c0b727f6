"""Requests to one service for one thing, each with a trace of its own; and how soon each signal has them."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping

import requests

from benchmarks import load
from glasshouse_telemetry import names
from proof.verify.freshness import Freshness, sum_up
from stackctl import ports
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.settings import credentials
from stackctl.system.polling import PollTimeout, poll_until

NAME = "products"
PORT = ports.SERVICES[NAME]
ASK_SECONDS = 0.1
# How many measure at a time, and the longest pause of each: random, so that every phase of a scrape is met.
PROBES = {"traces": (2, 1.0), "logs": (2, 1.0), "metrics": (6, 5.0)}

Found = Callable[[str, float], bool]


def measured(rate: float, seconds: float) -> tuple[float, dict[str, Freshness]]:
    """The rate that was reached, and the freshness by signal."""
    product = _a_product()
    sampled = Answers()
    asked = probes(_complete(product))
    threads = [
        threading.Thread(target=sampled.measure, args=(signal, found), daemon=True)
        for signal, found in asked.items()
        for _ in range(PROBES[signal][0])
    ]
    for thread in threads:
        thread.start()
    numbers = range(int(rate * seconds))
    load.send(PORT, (_request(product, uuid.uuid4().hex) for _ in numbers), rate, sampled.answered)
    sampled.over.set()
    for thread in threads:
        thread.join(30)
    return sampled.rate, {signal: sum_up(sampled.seconds[signal]) for signal in PROBES}


class Answers:
    """What was answered last, for the threads that measure."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.count = 0
        self.seconds: dict[str, list[float | None]] = {signal: [] for signal in PROBES}
        self.first = self.last = ("", 0.0)

    def answered(self, request: bytes, _: float) -> None:
        self.count += 1
        self.last = (_trace_id(request), time.time())
        if self.count == 1:
            self.first = self.last

    @property
    def rate(self) -> float:
        """Answers per second, from the first to the last."""
        return (self.count - 1) / (self.last[1] - self.first[1])

    def measure(self, signal: str, found: Found) -> None:
        while not self.over.wait(random.uniform(0, PROBES[signal][1])):
            trace_id, done_at = self.last
            if trace_id:
                self.seconds[signal].append(_seconds_until(found, trace_id, done_at))


def _seconds_until(found: Found, trace_id: str, done_at: float) -> float | None:
    try:
        poll_until(lambda: found(trace_id, done_at), trace_id, 30.0, ASK_SECONDS)
    except PollTimeout:
        return None
    return time.time() - done_at


def probes(spans: int) -> Mapping[str, Found]:
    jaeger, loki, prometheus = Jaeger(), Loki(), Prometheus()

    def in_loki(trace_id: str, done_at: float) -> bool:
        query = f'{{service_name="{NAME}"}} | trace_id="{trace_id}" | logger="{names.ACCESS_LOGGER}"'
        return any(loki.lines(query, int((done_at - 5) * 1e9), time.time_ns()))

    def in_prometheus(_: str, done_at: float) -> bool:
        counter = f'{names.HTTP_SERVER_REQUEST_DURATION}_count{{job="{NAME}"}}'
        scraped = prometheus.value(f"max(timestamp({counter}))")
        return scraped is not None and scraped >= done_at

    return {
        "traces": lambda trace_id, _: len(jaeger.trace(trace_id)) >= spans,
        "logs": in_loki,
        "metrics": in_prometheus,
    }


def _a_product() -> str:
    url, headers = f"http://127.0.0.1:{PORT}/products", credentials.service_headers()
    found = requests.get(url, headers=headers, timeout=10).json()
    return str(found["items"][0]["id"])


def _complete(product: str) -> int:
    """How many spans the trace of such a request has, once nothing more can come."""
    trace_id = uuid.uuid4().hex
    # Not by `requests`: where that is observed, it puts a traceparent of its own in place of ours.
    load.send(PORT, [_request(product, trace_id)], 1, lambda *_: None)
    jaeger = Jaeger()
    poll_until(lambda: bool(jaeger.trace(trace_id)), f"{trace_id} in Jaeger")
    time.sleep(3)
    return len(jaeger.trace(trace_id))


def _traceparent(trace_id: str) -> str:
    return f"00-{trace_id}-{trace_id[:16]}-01"


def _request(product: str, trace_id: str) -> bytes:
    head = f"GET /products/{product} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
    shown = "".join(f"{name}: {value}\r\n" for name, value in credentials.service_headers().items())
    return f"{head}{shown}traceparent: {_traceparent(trace_id)}\r\n\r\n".encode()


def _trace_id(request: bytes) -> str:
    return request.split(b"traceparent: 00-")[1][:32].decode()
