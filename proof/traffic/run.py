"""A whole run once it is prepared: sending with probes beside it, delivery of the last spans, summary."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from rich.console import Console

from glasshouse_telemetry import Telemetry, start_tracing
from proof.ledger.rows import Ledger, Row
from proof.ledger.runs import Run
from proof.ledger.summary import summarise
from proof.traffic.clock import Clock
from proof.traffic.display import LiveCounts, print_summary
from proof.traffic.planned import PlannedRequest, RequestKind
from proof.traffic.sending import Clients, Sender
from proof.traffic.tracing import PlannedIds, RootSpans
from proof.verify.freshness import FreshnessProbes, Probe
from stackctl.errors import StackError
from stackctl.run import annotations

_FLUSH_SECONDS = 60.0
_LAST_PROBES_SECONDS = 10.0

# From the header's being written to the first request: the event loop must run by then.
LEAD_SECONDS = 0.3

# The first start_tracing of a process decides; so every run of a process shares this one.
PLANNED_IDS = PlannedIds()


@dataclass(frozen=True)
class Prepared:
    """A run whose header is written, and what it sends."""

    run: Run
    plan: Sequence[PlannedRequest]
    clients: Clients
    kinds: Mapping[str, RequestKind]


def require_rate(rate: float) -> None:
    """In requests per second; raises StackError."""
    if rate <= 0:
        raise StackError("The rate must be more than 0 requests per second.")


def send_run(
    console: Console,
    prepared: Prepared,
    clock: Clock,
    *,
    to: str,
    sender: str,
    app: str = "",
    probes: Mapping[str, Probe] | None = None,
) -> Run:
    """Send a run's requests, print its summary and return its header.

    Args:
        to: the app's address, without a path.
        sender: the service name that the requests' root spans have.
        app: the service name of the app, where it is known.
        probes: measure how soon the backends can be asked for a request, while traffic runs.
    """
    run, plan = prepared.run, prepared.plan
    tracing = start_tracing(service_name=sender, id_generator=PLANNED_IDS)
    spans = RootSpans(tracing.tracer, PLANNED_IDS, run.run_id, app)
    rows: list[Row] = []
    measuring = FreshnessProbes(probes or {}, run.freshness)
    measuring.start()
    with Ledger(run.ledger) as ledger, LiveCounts(console, len(plan)) as counts:
        on_row = _all_of(rows.append, ledger.append, counts.count, measuring.offer)
        requests = Sender(to, prepared.kinds, prepared.clients, spans, clock, on_row)
        run = _send(requests, plan, run, clock)
    flush(console, tracing)
    measuring.finish(_LAST_PROBES_SECONDS)
    print_summary(console, run, summarise(run, rows))
    with suppress(OSError):  # Where no log can be written, the console does not show the run.
        annotations.write(
            "traffic.end",
            run.run_id,
            run_id=run.run_id,
            profile=run.profile,
            seed=run.seed,
            requests=len(rows),
        )
    return run


def _send(sender: Sender, plan: Sequence[PlannedRequest], run: Run, clock: Clock) -> Run:
    interrupted = True
    try:
        with _handlers_kept():
            interrupted = asyncio.run(_send_until_interrupted(sender, plan, run.started_at))
    finally:
        run = replace(run, ended_at=clock.now(), interrupted=interrupted)
        run.save()
    return run


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """An event loop that ends leaves the default handlers behind, not those that were there before."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


async def _send_until_interrupted(sender: Sender, plan: Sequence[PlannedRequest], started_at: float) -> bool:
    """Return whether Ctrl-C ended it. The first one waits for the answers under way, a second does not."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await sender.send(plan, started_at, stop)
    return stop.is_set()


def flush(console: Console, tracing: Telemetry) -> None:
    if tracing.force_flush(1.0):
        return
    console.print(f"Waiting up to {_FLUSH_SECONDS:.0f} s until the Collector has taken the last spans.")
    if not tracing.force_flush(_FLUSH_SECONDS):
        console.print("The Collector has not taken all spans of this run; verify will miss them.")


def _all_of(*takers: Callable[[Row], object]) -> Callable[[Row], None]:
    def take(row: Row) -> None:
        for taker in takers:
            taker(row)

    return take
