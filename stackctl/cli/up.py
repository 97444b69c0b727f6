"""`./stack up`."""

from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def up(
    timeout: Annotated[float, typer.Option(help="Seconds within which all must be ready.")] = 60,
    parts: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="postgres,rabbitmq",
            help="Use these instead of what is embedded, until changed again (none: what is embedded).",
        ),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE=NUMBER", help="How many instances of a service, until changed again."),
    ] = None,
    mode: Mode = NATIVE,
) -> None:
    """Start whatever does not run yet and wait until all is ready.

    PostgreSQL and RabbitMQ are started from the programs that this machine has, with data and passwords of
    their own; or they run elsewhere, where POSTGRES_URL and RABBITMQ_URL say. What is chosen here holds for
    each further up, until something else is chosen or ./stack down --clean.
    """
    from stackctl.run.stack import bring_up

    bring_up(new_console(), timeout, lambda choices: choices.with_parts(parts).scaled(scale or ()))
