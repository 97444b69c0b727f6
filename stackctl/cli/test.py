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
    """Run the tests: without a GROUP those for a first look; one group; or all.

    Groups: lint, unit, config, rules, tour (correlation, completeness, a kill, a drill and a deployment on
    the real backends), pages, integration, e2e, drills, parts, deploys, containers, versions (of
    what the telemetry library needs: the lowest and the newest). Without a group: the first five, about a
    quarter of an hour on two cores. `all`: every group but tour and versions, about an hour.
    """
    from stackctl.test_groups.groups import run_groups

    raise typer.Exit(run_groups(new_console(), arguments or []))
