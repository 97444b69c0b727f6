"""`./stack drill`."""

import json
from typing import Annotated

import typer

from stackctl import ports
from stackctl.cli.options import AsJson, Mode
from stackctl.errors import StackError
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def drill(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="One drill, or several side by side.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List drills.")] = False,
    hide: Annotated[bool, typer.Option("--hide", help="Do not tell which (without a NAME: any).")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Tell what is wrong, and why.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it broken, to look around.")] = False,
    heal: Annotated[bool, typer.Option("--heal", help="Undo active faults.")] = False,
    as_json: AsJson = False,
    mode: Mode = NATIVE,
) -> None:
    """Break the shop on purpose: wait for the alert, see the evidence, learn the cause, heal it.

    Starts the stack when needed, sends traffic and loads the quick alert rules. What is broken is healed at
    the end, after Ctrl-C, and by ./stack down. Exit code 1 when an alert did not come or did not end. The
    stack in containers is broken from outside (--mode compose).
    """
    from stackctl.drills import hidden_mode
    from stackctl.drills.catalogue import find, possible
    from stackctl.drills.display import print_list

    _require_docker_or_processes()
    console = new_console(stderr=as_json)
    if heal:
        hidden_mode.heal(console)
    elif reveal:
        hidden_mode.reveal(console)
    elif hide:
        hidden_mode.hide(console, names[0] if names else None)
    elif show_list or not names:
        if as_json:
            print(json.dumps([drill.as_json() for drill in possible()], indent=2))
        else:
            print_list(console, possible())
    else:
        from stackctl.drills.results import finish
        from stackctl.drills.running import run

        results = run(console, [find(name) for name in names], keep=keep)
        if as_json:
            print(json.dumps([result.as_json() for result in results], indent=2))
        raise typer.Exit(finish(console, results, keep))


def _require_docker_or_processes() -> None:
    if ports.inside_containers():
        raise StackError(
            "a drill cannot run in a container: it kills others.",
            "From outside: ./stack drill --mode compose",
        )
