"""`./stack doctor`."""

import typer

from stackctl.system.terminal import new_console


def doctor() -> None:
    """Check prerequisites, and how to fix what is missing."""
    from stackctl.inspect.doctor import examine

    raise typer.Exit(0 if examine(new_console()) else 1)
