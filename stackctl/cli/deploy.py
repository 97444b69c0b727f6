"""`./stack deploy canary`, `bluegreen`, `status`, `rollback` and `finish`."""

from pathlib import Path
from typing import Annotated

import typer

from stackctl.system.terminal import new_console

deploy = typer.Typer(
    no_args_is_help=True,
    help="Deploy a new version of a service: judged by its own telemetry, or switched all at once.",
    epilog="Example: ./stack deploy canary products --version 2 --traffic 50",
)

Service = Annotated[str, typer.Argument(help="users, products or orders.")]
Version = Annotated[str, typer.Option(help="What the new version is called, in its telemetry, too.")]
Checkout = Annotated[
    Path | None, typer.Option("--from", help="Another checkout that holds its code; else this one.")
]


@deploy.command(epilog="Example: ./stack deploy canary products --version 2 --weight 10 --traffic 50")
def canary(
    service: Service,
    version: Version,
    weight: Annotated[float, typer.Option(help="The first share of the requests, in percent.")] = 10,
    checkout: Checkout = None,
    traffic: Annotated[
        float | None, typer.Option(metavar="RATE", help="Bring traffic of its own, requests per second.")
    ] = None,
    profile: Annotated[str, typer.Option(help="The mix of that traffic.")] = "mixed",
    step: Annotated[float, typer.Option(help="Seconds that a step takes at least.")] = 30,
    requests: Annotated[int, typer.Option(help="Requests that a step needs of each version.")] = 200,
) -> None:
    """Give a new version a share of the requests, step by step; promote it, or roll it back.

    It is compared with the old version by errors, slow requests and latency, as the gateway sees them, until
    it is worse beyond doubt, or was no worse in every step. Exit code 1 when it was rolled back, as Ctrl-C
    does, too.
    """
    from stackctl.deploy import commands
    from stackctl.deploy.analysis import Limits

    limits = commands.with_first_share(Limits(least_seconds=step, least_requests=requests), weight)
    release = commands.release_of(service, version, checkout)
    promoted = commands.canary(new_console(), service, release, limits, traffic, profile)
    raise typer.Exit(0 if promoted else 1)


@deploy.command(epilog="Example: ./stack deploy bluegreen products --version 2")
def bluegreen(service: Service, version: Version, checkout: Checkout = None) -> None:
    """Start a new version, test it, and give it all requests at once. The old one stays for a way back."""
    from stackctl.deploy import commands

    commands.bluegreen(new_console(), service, commands.release_of(service, version, checkout))


@deploy.command(epilog="Example: ./stack deploy status")
def status() -> None:
    """Show which versions run beside each other, and which services were deployed."""
    from stackctl.deploy.commands import show_status

    show_status(new_console())


@deploy.command(epilog="Example: ./stack deploy rollback products")
def rollback(service: Service) -> None:
    """Give all requests back to the old version at once, then stop the new one. Ends a canary, too."""
    from stackctl.deploy.commands import roll_back

    roll_back(new_console(), service)


@deploy.command(epilog="Example: ./stack deploy finish products")
def finish(service: Service) -> None:
    """Keep the new version: it takes the place of the old one, which is stopped."""
    from stackctl.deploy import commands

    commands.finish(new_console(), service)
