"""`./stack up`."""

from typing import Annotated

import typer

from stackctl.console import new_console


def up(
    timeout: Annotated[float, typer.Option(help="Seconds within which all must be ready.")] = 60,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE=NUMBER", help="How many instances of a service, until changed again."),
    ] = None,
) -> None:
    """Start whatever does not run yet and wait until all is ready."""
    from stackctl.stack import bring_up

    bring_up(new_console(), timeout, lambda choices: choices.scaled(scale or ()))
