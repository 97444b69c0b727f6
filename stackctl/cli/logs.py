"""`./stack logs`."""

from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def logs(
    name: Annotated[
        str | None, typer.Argument(help="A component; without it, those that have logs are listed.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 40,
    raw: Annotated[bool, typer.Option("--raw", help="Lines as they are in the file.")] = False,
    mode: Mode = NATIVE,
) -> None:
    """Show what a component wrote: its own output, and a service's JSON lines made readable."""
    from stackctl.inspect.logs import log_names, show_logs

    if name is None:
        print("\n".join(log_names()) or "No logs yet: ./stack up")
    else:
        show_logs(new_console(), name, lines, follow, raw)
