"""`./stack doctor`."""

import typer

from stackctl.system.terminal import new_console


def doctor() -> None:
    """Look at this machine: what is missing for the stack, and the command that mends it."""
    from stackctl.inspect.doctor import examine

    raise typer.Exit(0 if examine(new_console()) else 1)
