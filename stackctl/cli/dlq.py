"""`./stack dlq list` and `./stack dlq replay`."""

from typing import Annotated

import typer

from stackctl.cli.options import AsJson, Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console

dlq = typer.Typer(
    no_args_is_help=True,
    help="Show messages whose consumer has given up on them, and put them back into their queue.",
    epilog="Example: ./stack dlq list",
)

Queue = Annotated[
    str | None, typer.Option("--queue", "-q", help="Only this one: orders, payments, notifications, …")
]


@dlq.command("list", epilog="Example: ./stack dlq list --queue notifications")
def list_messages(
    queue: Queue = None,
    as_json: AsJson = False,
    mode: Mode = NATIVE,
) -> None:
    """Show the oldest dead letters of every queue: what they were, why and when they were given up."""
    from stackctl.inspect.dead_letters import show

    show(new_console(), queue, as_json)


@dlq.command(epilog="Example: ./stack dlq replay --queue notifications")
def replay(
    message_id: Annotated[
        str | None, typer.Argument(metavar="[MESSAGE_ID]", help="This one only; else all.")
    ] = None,
    queue: Queue = None,
    mode: Mode = NATIVE,
) -> None:
    """Put dead letters back into their queue, as if never tried. Exit code 1 when there is none."""
    from stackctl.inspect.dead_letters import replay as replay_letters

    raise typer.Exit(0 if replay_letters(new_console(), queue, message_id) else 1)
