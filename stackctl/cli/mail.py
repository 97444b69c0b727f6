"""`./stack mail`."""

from typing import Annotated

import typer

from stackctl.cli.options import AsJson, Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def mail(
    mail_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show this mail; its beginning is enough.")
    ] = None,
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="How many of the last mails.")] = 20,
    as_json: AsJson = False,
    mode: Mode = NATIVE,
) -> None:
    """Show the mails that the shop has sent: they end in a local mail sink, not at anybody's."""
    from stackctl.mail.received import show_list, show_one

    if mail_id is None:
        show_list(new_console(), last, as_json)
    else:
        show_one(new_console(), mail_id, as_json)
