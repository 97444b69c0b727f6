"""`./stack demo`."""

from typing import Annotated

import typer

from stackctl.system.terminal import new_console


def demo(
    rate: Annotated[float, typer.Option(help="Requests per second.")] = 20,
    duration: Annotated[str, typer.Option(help="How long to send them: 20s, 2m.")] = "20s",
) -> None:
    """Start everything, send traffic, prove that its telemetry is complete. The stack stays up."""
    from stackctl.run.demo import run_demo

    raise typer.Exit(run_demo(new_console(), rate, duration))
