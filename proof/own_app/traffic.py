"""A run of requests to an app: planned, bounded, each with a trace of its own, all in the ledger."""

import uuid
from collections.abc import Mapping
from itertools import cycle, islice
from pathlib import Path
from random import Random

from rich.console import Console

from proof.ledger.runs import Run, new_run_id
from proof.own_app.requests_file import AppRequest, RequestsFile, read_requests
from proof.own_app.target import Target, parse_target, require_collector, require_listening
from proof.traffic.clock import Clock
from proof.traffic.planned import PlannedRequest
from proof.traffic.response import Response
from proof.traffic.run import LEAD_SECONDS, Prepared, require_rate, send_run
from stackctl.errors import StackError

MOST_REQUESTS = 100_000
LONGEST_SECONDS = 3600.0

# The service name of the requests' root spans.
SENDER = "traffic"

_SHOWN = 5


def send_to_app(
    console: Console, *, to: str, requests: Path | None, rate: float, duration: float, seed: int
) -> Run:
    """Send a run's requests to an app on this machine, print its summary and return its header.

    Args:
        to: the app's address.
        requests: what to send (proof.own_app.requests_file).
        rate: requests per second.
        duration: seconds.
        seed: the same seed sends the same requests at the same times.
    """
    if requests is None:
        hint = "Write a few lines into a file, for example: - GET /   (docs/verify-your-app.md)"
        raise StackError("What is to be sent? --requests FILE says it.", hint)
    _require_bounds(rate, duration)
    target, file = parse_target(to), read_requests(requests)
    require_listening(target)
    require_collector()
    clock = Clock()
    prepared = prepare(target, file, requests.name, rate, duration, seed, clock)
    console.print(
        f"Run {prepared.run.run_id}: {len(prepared.plan):,} requests to {target.url} in {duration:g} s, "
        f"seed {seed}, of {len(file.requests):,} in {requests.name}",
        soft_wrap=True,
    )
    if file.left_out:
        more = ", …" if len(file.left_out) > _SHOWN else ""
        console.print(
            f"Not sent, for the document gives no body for them, or they delete: "
            f"{', '.join(file.left_out[:_SHOWN])}{more}. Write those into a file of requests.",
            soft_wrap=True,
        )
    return send_run(console, prepared, clock, to=target.url, sender=SENDER)


def prepare(
    target: Target,
    file: RequestsFile,
    name: str,
    rate: float,
    duration: float,
    seed: int,
    clock: Clock,
) -> Prepared:
    """Plan a run and write its header: from now on it can be verified, whatever happens to this process."""
    run_id = new_run_id()
    plan = make_plan(file, rate, duration, seed, run_id)
    run = Run(
        run_id,
        seed,
        rate,
        duration,
        name,
        planned=len(plan),
        started_at=clock.now() + LEAD_SECONDS,
        details={"to": target.url},
    )
    run.save()
    kinds = {request.name: request for request in file.requests}
    return Prepared(run, plan, _Clients(kinds), kinds)


def make_plan(
    file: RequestsFile, rate: float, duration: float, seed: int, run_id: str
) -> list[PlannedRequest]:
    """Kinds and times follow from `seed` alone, trace ids and request ids from `run_id` too."""
    amount = max(1, round(rate * duration))
    rng, ids = Random(f"{seed}/requests"), Random(f"{seed}/{run_id}")
    offsets = sorted(rng.uniform(0, duration) for _ in range(amount))
    if file.in_order:
        chosen = list(islice(cycle(file.requests), amount))
    else:
        chosen = rng.choices(file.requests, [request.weight for request in file.requests], k=amount)
    return [
        PlannedRequest(
            n=n,
            kind=request.name,
            client=request.name,
            offset=offset,
            trace_id=ids.getrandbits(128) or 1,
            request_id=uuid.UUID(int=ids.getrandbits(128), version=4).hex,
            path=request.path,
            body=request.body,
        )
        for n, (request, offset) in enumerate(zip(chosen, offsets, strict=True))
    ]


def _require_bounds(rate: float, duration: float) -> None:
    require_rate(rate)
    if duration > LONGEST_SECONDS or rate * duration > MOST_REQUESTS:
        raise StackError(
            f"{rate:g} requests per second for {duration:g} s are too many.",
            f"A run lasts an hour at most and sends at most {MOST_REQUESTS:,} requests.",
        )


class _Clients:
    """There are none: each kind of request has headers of its own."""

    def __init__(self, kinds: Mapping[str, AppRequest]) -> None:
        self._kinds = kinds

    def headers(self, client: str) -> Mapping[str, str]:
        return self._kinds[client].headers

    def fill_in(self, client: str, text: str) -> str:
        return text

    def answered(self, kind: str, client: str, response: Response) -> None:
        pass
