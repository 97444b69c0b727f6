"""The command `./stack verify`."""

import json
from typing import Annotated

import typer
from rich.console import Console

from stackctl.console import new_console


def verify(
    run: Annotated[str | None, typer.Option(help="A run's id; without it, the last run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    timeout: Annotated[str, typer.Option(help="How long the backends have to show everything.")] = "60s",
) -> None:
    """Reconcile a traffic run with Jaeger, Loki and Prometheus: is every request in all three signals, once?

    Exit code 1 when anything is missing or there twice.
    """
    from stackctl.traffic.durations import parse_duration

    if not run_verify(new_console(), run_id=run, timeout=parse_duration(timeout), as_json=as_json):
        raise typer.Exit(1)


def run_verify(
    console: Console, *, run_id: str | None = None, timeout: float = 60.0, as_json: bool = False
) -> bool:
    """Verify a run (the last one by default), print the outcome, and return whether all is complete.

    Args:
        run_id: as `traffic` prints it.
        timeout: seconds that the backends have to show everything.
        as_json: print one JSON object (stackctl.verify.report documents it) instead of a table.
    """
    from stackctl.verify.display import LiveStates, print_report
    from stackctl.verify.verifying import verify_run

    with LiveStates(new_console(stderr=True)) as states:
        report = verify_run(run_id, timeout, states.show)
    if as_json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        print_report(console, report)
    return report.ok
