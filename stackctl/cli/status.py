"""`./stack status`."""

import typer

from stackctl.cli.options import AsJson, Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def status(
    as_json: AsJson = False,
    mode: Mode = NATIVE,
) -> None:
    """Show what runs, since when, with how much memory. Exit code 0 only when everything is ready."""
    from stackctl.inspect.status import show_status

    raise typer.Exit(0 if show_status(new_console(), as_json) else 1)
