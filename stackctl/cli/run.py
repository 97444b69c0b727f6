"""`./stack run`."""

from typing import Annotated

import typer

from stackctl.system.terminal import new_console


def run(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND…", help="As you start it otherwise.")],
    name: Annotated[str, typer.Option(help="Its service name; by default that of its file or program.")] = "",
) -> None:
    """Run your own program, so that its traces, metrics and log lines arrive in this stack.

    Nothing in it has to change: Flask apps are observed, other programs are told where to send OTLP. Its
    output, Ctrl-C, exit code and folder stay its own (docs/own-app.md).
    """
    from stackctl.own_apps.running import run_own_app

    raise typer.Exit(run_own_app(new_console(stderr=True), command, name))
