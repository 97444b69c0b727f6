"""`./stack test`."""

from typing import Annotated

import typer

from stackctl.system.terminal import new_console


def test(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[GROUP] [PYTEST ARGUMENT]", show_default=False),
    ] = None,
) -> None:
    """Check all, or one: lint, unit, config, rules, integration, e2e, drills, parts, deploys, containers."""
    from stackctl.test_groups.groups import run_groups

    raise typer.Exit(run_groups(new_console(), arguments or []))
