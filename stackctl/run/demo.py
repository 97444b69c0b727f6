"""`./stack demo`: everything up, traffic, the proof, and then where to look and what to try."""

import os
import time
from collections.abc import Iterator, Mapping

import requests
from rich.console import Console

from proof.ledger.durations import parse_duration
from proof.ledger.rows import read_ledger
from proof.ledger.runs import Run
from proof.verify.run import run_verify
from stackctl import ports
from stackctl.fetch.catalogue import units
from stackctl.fetch.locate import locate
from stackctl.inspect.trace import DURATIONS
from stackctl.query import Prometheus
from stackctl.run import console_pages, pidfiles, stack
from stackctl.run.backends import PROGRAMS
from stackctl.settings import alertmanager_login, credentials
from stackctl.shop_scenarios.traffic import run_traffic
from stackctl.system.interrupts import INTERRUPTED

# What a Jaeger without its web pages serves instead says this.
_PLACEHOLDER = "not the Jaeger UI"


def run_demo(console: Console, rate: float, duration: str) -> int:
    """Return the exit code: 0 when every request of the run is in all three signals."""
    seconds = parse_duration(duration)
    for line in what_is_done(rate, seconds):
        console.print(line, soft_wrap=True)
    stack.bring_up(console)
    console.print()
    run = run_traffic(console, rate=rate, duration=seconds, seed=1)
    if run.interrupted:
        return INTERRUPTED
    console.print()
    complete = run_verify(console, run_id=run.run_id)
    for line in _what_next(run):
        console.print(line, soft_wrap=True)
    return 0 if complete else 1


def what_is_done(rate: float, seconds: float) -> Iterator[str]:
    """And how long it takes, before it begins."""
    yield (
        f"Starts the whole stack, sends {rate * seconds:,.0f} requests in {seconds:g} s and verifies that "
        f"each can be seen: about {seconds + 40:.0f} s."
    )
    missing = [unit for unit in units() if not all(map(locate, set(unit.programs) & set(PROGRAMS)))]
    if missing:
        minutes = sum(unit.source.cpu_seconds for unit in missing) / 60 / (os.cpu_count() or 1)
        gigabytes = sum(unit.source.gigabytes for unit in missing)
        yield (
            f"First it gets {', '.join(unit.name for unit in missing)}: a minute from official archives, "
            f"else {minutes:.0f} minutes or more of building, with {gigabytes:.0f} GB of disk meanwhile."
        )


def _what_next(run: Run) -> Iterator[str]:
    yield "\n[bold]One request in all three signals[/]"
    yield f"  ./stack trace {_an_order(run)}"
    yield "\n[bold]Where to look[/]"
    yield f"  Jaeger        {_page(ports.JAEGER_QUERY, '/api/services')}"
    yield f"  Prometheus    {_page(ports.PROMETHEUS, '/api/v1/query?query=up')}"
    yield f"  Alertmanager  {_page(ports.ALERTMANAGER, '/api/v2/alerts', alertmanager_login.USER)}"
    yield f"                  password: {credentials.file(alertmanager_login.PASSWORD)}"
    yield f"  Loki          an API: curl -sG {ports.url(ports.LOKI_HTTP, '/loki/api/v1/query_range')} \\"
    yield """                  --data-urlencode 'query={service_name="orders"} |= "422"'"""
    yield "\n[bold]What to try[/]"
    yield from _aligned(
        {
            "./stack logs orders -f": "follow a service while traffic runs",
            "./stack traffic --rate 50 --profile errors": "then prove it: ./stack verify",
            f"kill -9 {_pid('loki')}; ./stack status; ./stack up": "Loki dies and comes back without a loss",
            "./stack down": "stop everything; the data stays",
        }
    )
    yield f"\nEverything at one glance: {console_pages.address()}"


def _aligned(explained: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, explained))
    return (f"  {command:<{width}}  [dim]{meaning}[/]" for command, meaning in explained.items())


def _an_order(run: Run) -> str:
    """The trace id of a request that crossed all services, if possible one that a metric has as exemplar."""
    rows = read_ledger(run.ledger)
    orders = [row.trace_id for row in rows if row.kind == "order_create" and row.as_expected]
    end = run.ended_at or time.time()
    kept = {exemplar.trace_id for exemplar in Prometheus().exemplars(DURATIONS, run.started_at, end)}
    return next((order for order in orders if order in kept), (orders or [rows[-1].trace_id])[-1])


def _page(port: int, api_path: str, user: str = "") -> str:
    """The web page if this program has one: those that are built from modules may serve their API only.

    `user`: who has to log in.
    """
    if _has_page(ports.url(port, "/"), alertmanager_login.header() if user else ""):
        return f"{ports.url(port, '/')}{f' (as {user})' if user else ''}"
    login = f"-u {user} " if user else ""
    return f"its API (this build has no web page): curl -s {login}'{ports.url(port, api_path)}'"


def _has_page(url: str, authorization: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False  # A proxy is for the internet, not for this machine.
        try:
            answer = session.get(url, headers={"Authorization": authorization or None}, timeout=5)
        except requests.RequestException:
            return False
    return answer.ok and _PLACEHOLDER not in answer.text


def _pid(name: str) -> str:
    record = pidfiles.read(name)
    return str(record.pid) if record else "PID"
