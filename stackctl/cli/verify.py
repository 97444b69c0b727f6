"""`./stack verify`."""

from typing import Annotated

import typer

from stackctl.cli.options import AsJson, Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def verify(
    run: Annotated[str | None, typer.Option(help="A run's id; without it, the last run.")] = None,
    as_json: AsJson = False,
    timeout: Annotated[str, typer.Option(help="How long the backends have to show everything.")] = "60s",
    steps: Annotated[
        bool, typer.Option("--steps", help="Print JSON lines while it lasts: what is found, then the report.")
    ] = False,
    mode: Mode = NATIVE,
) -> None:
    """Reconcile a traffic run with Jaeger, Loki and Prometheus: is every request in all three signals, once?

    Exit code 1 when anything is missing or duplicated.
    """
    from proof.ledger.durations import parse_duration
    from proof.verify.run import run_verify

    complete = run_verify(
        new_console(), run_id=run, timeout=parse_duration(timeout), as_json=as_json, steps=steps
    )
    if not complete:
        raise typer.Exit(1)
