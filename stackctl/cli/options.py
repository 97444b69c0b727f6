"""Options that several commands have."""

from typing import Annotated

import typer

# Taken by Commands.parse_args before a command sees it: with containers, most commands run in one of them.
Mode = Annotated[
    str,
    typer.Option("--mode", metavar="MODE", help="native: local processes; compose: the stack in containers."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON output.")]
