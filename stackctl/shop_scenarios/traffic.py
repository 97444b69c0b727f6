"""A run of requests to the shop."""

from rich.console import Console

from proof.ledger.runs import Run
from proof.traffic.clock import Clock
from proof.traffic.run import send_run
from proof.verify.freshness import probes
from proof.verify.sampling import all_traces_kept
from stackctl import ports
from stackctl.query import Jaeger, Loki, Prometheus
from stackctl.shop_scenarios.kinds import GATEWAY, TRAFFIC
from stackctl.shop_scenarios.preparation import prepare

_GATEWAY_URL = ports.url(ports.SERVICES[GATEWAY])


def run_traffic(
    console: Console,
    *,
    rate: float,
    duration: float,
    seed: int,
    profile: str = "mixed",
    freshness: bool = True,
) -> Run:
    """Send a run's requests, print its summary and return its header.

    Args:
        rate: requests per second.
        duration: seconds.
        seed: the same seed plans the same requests.
        profile: a name in PROFILES.
        freshness: measure how soon the backends can be asked for a request, while traffic runs.
    """
    clock = Clock()
    prepared = prepare(clock, rate, duration, seed, profile)
    console.print(
        f"Run {prepared.run.run_id}: {len(prepared.plan):,} requests in {duration:g} s, "
        f"seed {seed}, profile {profile}"
    )
    ask = probes(Jaeger(), Loki(), Prometheus(), all_traces_kept()) if freshness else {}
    return send_run(console, prepared, clock, to=_GATEWAY_URL, sender=TRAFFIC, app=GATEWAY, probes=ask)
