"""`./stack down`."""

from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def down(
    clean: Annotated[
        bool, typer.Option("--clean", help="Also remove data, logs, runs, keys and passwords.")
    ] = False,
    mode: Mode = NATIVE,
) -> None:
    """Stop everything. The data stays, unless --clean is given."""
    from stackctl.run.stack import take_down

    take_down(new_console(), clean)
