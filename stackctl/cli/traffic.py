"""`./stack traffic`."""

from pathlib import Path
from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.errors import StackError
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
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="Send to your own app on this machine instead.")
    ] = None,
    requests: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --to: a list of requests, OpenAPI, or HAR."),
    ] = None,
    mode: Mode = NATIVE,
) -> None:
    """Send requests to the shop, each with a trace of its own, and write down what came back.

    Requests leave at their times whether or not earlier ones were answered. A few are wrong on purpose.
    Ctrl-C ends the sending; what was sent can be verified all the same. Your own app, with a file that holds
    `- GET /hello/world`: ./stack traffic --to http://127.0.0.1:8080 --requests FILE
    """
    from proof.ledger.durations import parse_duration
    from proof.own_app.traffic import send_to_app
    from stackctl.shop_scenarios.traffic import run_traffic

    seconds = parse_duration(duration)
    if to is not None:
        run = send_to_app(new_console(), to=to, requests=requests, rate=rate, duration=seconds, seed=seed)
    elif requests is not None:
        raise StackError(
            "--requests is for your own app.", "Say where it listens: --to http://127.0.0.1:8080"
        )
    else:
        run = run_traffic(
            new_console(), rate=rate, duration=seconds, seed=seed, profile=profile, freshness=freshness
        )
    new_console().print(f"Prove it: ./stack verify --run {run.run_id}")
    if run.interrupted:
        raise typer.Exit(INTERRUPTED)
