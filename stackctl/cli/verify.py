"""`./stack verify`."""

from pathlib import Path
from typing import Annotated

import typer

from stackctl.cli.options import AsJson, Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def verify(
    name: Annotated[
        str, typer.Argument(help="Your own app's service name: its last run. Without it, the last run.")
    ] = "",
    run: Annotated[str | None, typer.Option(help="A run's id; without it, the last run.")] = None,
    as_json: AsJson = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the checks there as JUnit's XML, for CI.")
    ] = None,
    timeout: Annotated[str, typer.Option(help="How long the backends have to show everything.")] = "60s",
    steps: Annotated[
        bool, typer.Option("--steps", help="Print JSON lines while it lasts: what is found, then the report.")
    ] = False,
    mode: Mode = NATIVE,
) -> None:
    """Reconcile a traffic run with Jaeger, Loki and Prometheus: is every request in all three signals, once?

    Exit code 1 when anything is missing or duplicated. What cannot be known of an app of your own is listed
    as not checked (docs/verify-your-app.md).
    """
    from proof.ledger.durations import parse_duration
    from proof.verify.run import run_verify

    complete = run_verify(
        new_console(),
        app=name,
        run_id=run,
        timeout=parse_duration(timeout),
        as_json=as_json,
        steps=steps,
        junit_file=junit,
    )
    if not complete:
        raise typer.Exit(1)
