"""The requests that a version is judged by: those that come anyway, or a run of ./stack traffic beside it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from stackctl.deploy import queries
from stackctl.errors import StackError
from stackctl.interrupts import uninterrupted
from stackctl.paths import ROOT, logs_dir, runs_dir
from stackctl.polling import NotYet, PollTimeout, poll_until
from stackctl.query import Prometheus

# Longer than any canary; shorter than the tokens of its clients live.
_LONGEST = "14m"
_SEEN_WITHIN_SECONDS = 45.0
_NOTICED_WITHIN_SECONDS = 15.0
_ENDED_WITHIN_SECONDS = 30.0


@contextmanager
def traffic_of_our_own(rate: float | None, profile: str, console: Console) -> Iterator[None]:
    """None: there is some already. Its run can be verified afterwards like any other."""
    if rate is None:
        yield
        return
    log, began = logs_dir() / "deploy-traffic.log", time.time()
    options = ("--rate", f"{rate:g}", "--duration", _LONGEST, "--profile", profile, "--no-freshness")
    with log.open("wb") as output:
        sending = subprocess.Popen(
            (sys.executable, "-m", "stackctl", "traffic", *options),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: we end it in order
        )
    try:
        poll_until(lambda: _is_under_way(sending, began), "the first request of its own traffic", 90)
        if sending.poll() is not None:
            raise StackError("the traffic could not be sent.", log.read_text(encoding="utf-8").strip())
        yield
    finally:
        with uninterrupted():
            _end(sending)
        console.print("Its own traffic has ended; prove it: ./stack verify")


def require_traffic(service: str, driven: bool) -> None:
    """Raise when nobody asks the service for anything."""
    prometheus = Prometheus()
    within = _SEEN_WITHIN_SECONDS if driven else _NOTICED_WITHIN_SECONDS
    try:
        poll_until(
            lambda: (prometheus.value(queries.traffic(service, "20s")) or 0) > 0,
            f"a request to {service}",
            within,
            interval=0.5,
        )
    except PollTimeout as error:
        hint = "Look into .stack/logs/deploy-traffic.log" if driven else _HINT
        raise StackError(f"nobody asks {service} for anything, so nothing can be compared.", hint) from error


_HINT = (
    "Let it bring its own: --traffic 50 (requests per second); "
    "or send some meanwhile: ./stack traffic --rate 50 --duration 10m"
)


def _is_under_way(sending: subprocess.Popen[bytes], began: float) -> bool | NotYet:
    ledgers = [path for path in runs_dir().glob("*/ledger.jsonl") if path.stat().st_ctime >= began]
    if any(path.stat().st_size for path in ledgers) or sending.poll() is not None:
        return True
    return NotYet("it signs its clients in")


def _end(sending: subprocess.Popen[bytes]) -> None:
    if sending.poll() is None:
        sending.send_signal(signal.SIGINT)
    try:
        sending.wait(_ENDED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        sending.kill()
        sending.wait()
