"""How long it takes from a response until a query finds it, for each signal, measured while traffic runs."""

import contextlib
import json
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from glasshouse_telemetry import names
from proof.expectations import SIGNALS
from proof.ledger.rows import Row
from proof.ledger.summary import percentile
from proof.verify.expected_calls import expected_calls_of, served
from proof.verify.logs import access_lines
from proof.verify.restarts import Restarts
from proof.verify.traces import trace_defects
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.shop_scenarios import GATEWAY, calls_of
from stackctl.system.polling import PollTimeout, poll_until

# Between two probes of a signal: a random pause, as long as a scrape interval at most. So the probes meet
# every phase of it, and are far from being the load.
_LONGEST_PAUSE_SECONDS = 5.0
_ASK_SECONDS = 0.1
_GIVE_UP_SECONDS = 30.0

Probe = Callable[[Row], bool]


@dataclass(frozen=True)
class Measurement:
    """`seconds` from the response until it could be queried; None when it could not in 30 s."""

    signal: str
    trace_id: str
    seconds: float | None


@dataclass(frozen=True)
class Freshness:
    """The measurements of one signal, in seconds; None where there is none."""

    probes: int
    timed_out: int
    p50: float | None
    p95: float | None
    max: float | None


def probes(
    jaeger: Jaeger, loki: Loki, prometheus: Prometheus, all_traces_kept: bool = True
) -> Mapping[str, Probe]:
    """For every signal, the question whether all of a request can be queried; not for sampled traces."""

    def in_jaeger(row: Row) -> bool:
        return not trace_defects(expected_calls_of(row, calls_of, Restarts()), jaeger.trace(row.trace_id))

    def in_loki(row: Row) -> bool:
        wanted = served(expected_calls_of(row, calls_of, Restarts()).calls.elements())
        selector = f'{{service_name=~"{"|".join(sorted({each.service for each in wanted}))}"}}'
        start = int((row.sent_at - 1) * 1e9)
        lines = loki.lines(f'{selector} | trace_id="{row.trace_id}"', start, time.time_ns())
        return access_lines(lines).get(row.trace_id) == wanted

    def in_prometheus(row: Row) -> bool:
        counter = f'{names.HTTP_SERVER_REQUEST_DURATION}_count{{job="{GATEWAY}"}}'
        scraped = prometheus.value(f"max(timestamp({counter}))")
        return scraped is not None and scraped >= row.done_at

    asks = {"traces": in_jaeger, "logs": in_loki, "metrics": in_prometheus}
    return {signal: ask for signal, ask in asks.items() if all_traces_kept or signal != "traces"}


class FreshnessProbes:
    """A thread per signal takes a request that was just answered and measures the time until it is found."""

    def __init__(
        self, ask: Mapping[str, Probe], path: Path, longest_pause: float = _LONGEST_PAUSE_SECONDS
    ) -> None:
        self._path = path
        self._longest_pause = longest_pause
        self._wanting: dict[str, queue.SimpleQueue[Row]] = {}
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(signal, probe), name=f"freshness-{signal}", daemon=True)
            for signal, probe in ask.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def offer(self, row: Row) -> None:
        """Give a request that was just answered to the threads that want one."""
        while row.as_expected and self._wanting:
            self._wanting.popitem()[1].put(row)

    def finish(self, timeout: float) -> None:
        """Start no more probes; wait for those under way."""
        self._stop.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, signal: str, probe: Probe) -> None:
        while not self._stop.wait(random.uniform(0, self._longest_pause)):
            if (row := self._next_row(signal)) is not None:
                self._write(measure(signal, probe, row))

    def _next_row(self, signal: str) -> Row | None:
        slot = self._wanting[signal] = queue.SimpleQueue()
        while not self._stop.is_set():
            with contextlib.suppress(queue.Empty):
                return slot.get(timeout=_ASK_SECONDS)
        return None

    def _write(self, measurement: Measurement) -> None:
        with self._writing, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(measurement)) + "\n")


def measure(signal: str, probe: Probe, row: Row) -> Measurement:
    try:
        poll_until(lambda: probe(row), f"{row.trace_id} in {signal}", _GIVE_UP_SECONDS, _ASK_SECONDS)
    except PollTimeout:
        return Measurement(signal, row.trace_id, None)
    return Measurement(signal, row.trace_id, round(time.time() - row.done_at, 3))


def read_freshness(path: Path) -> dict[str, Freshness]:
    """Sum up a run's measurements by signal."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    measured = [Measurement(**json.loads(line)) for line in lines]
    return {signal: sum_up([one.seconds for one in measured if one.signal == signal]) for signal in SIGNALS}


def sum_up(seconds: list[float | None]) -> Freshness:
    """Seconds of each measurement; None where it was given up."""
    found = sorted(value for value in seconds if value is not None)
    quantiles = [percentile(found, quantile) if found else None for quantile in (0.5, 0.95, 1.0)]
    return Freshness(len(seconds), len(seconds) - len(found), *quantiles)
