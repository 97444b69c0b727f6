"""`./stack traffic`."""

from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.interrupts import INTERRUPTED
from stackctl.system.terminal import new_console


def traffic(
    rate: Annotated[float, typer.Option(help="Requests per second.")] = 20,
    duration: Annotated[str, typer.Option(help="How long to send them: 60s, 2m, 1h.")] = "30s",
    seed: Annotated[int, typer.Option(help="The same seed sends the same requests at the same times.")] = 1,
    profile: Annotated[
        str, typer.Option(help="The mix: mixed, browse, orders, checkout or errors.")
    ] = "mixed",
    freshness: Annotated[
        bool, typer.Option(help="Measure how soon the backends can be asked for a request.")
    ] = True,
    mode: Mode = NATIVE,
) -> None:
    """Send requests to the shop, each with a trace of its own, and write down what came back.

    Requests leave at their times whether or not earlier ones were answered. A few are wrong on purpose.
    Ctrl-C ends the sending; what was sent can be verified all the same.
    """
    from proof.ledger.durations import parse_duration
    from stackctl.shop_scenarios.traffic import run_traffic

    run = run_traffic(
        new_console(),
        rate=rate,
        duration=parse_duration(duration),
        seed=seed,
        profile=profile,
        freshness=freshness,
    )
    new_console().print(f"Prove it: ./stack verify --run {run.run_id}")
    if run.interrupted:
        raise typer.Exit(INTERRUPTED)
