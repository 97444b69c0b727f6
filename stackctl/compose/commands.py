"""What the commands of ./stack do with --mode compose: most of them do it in a container of the stack."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from stackctl.compose import client
from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.settings import modes
from stackctl.system.terminal import new_console, print_error


def run(arguments: Sequence[str]) -> int:
    """Carry out `./stack ARGUMENTS` on the stack in containers; return the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("--help", ())
    if command in modes.INSIDE:
        return client.inside(command, *rest)
    if command not in _OUTSIDE:
        raise StackError(f"{command} has no --mode compose.", f"These have: {', '.join(modes.BOTH_MODES)}")
    return _OUTSIDE[command](rest)


def adapt() -> None:
    """This process and its children are about containers now; what they note down stands apart."""
    modes.enter(modes.COMPOSE)
    os.environ["GLASSHOUSE_STATE_DIR"] = str(state_dir() / "containers")


def _up(rest: Sequence[str]) -> int:
    return client.compose("up", "--detach", "--wait", *rest).returncode


def _down(rest: Sequence[str]) -> int:
    _heal_drills()
    clean = ["--volumes"] if "--clean" in rest else []
    return client.compose("down", *clean, *(each for each in rest if each != "--clean")).returncode


def _heal_drills() -> None:
    """What a drill has switched on lies in a volume, and would outlast the containers."""
    from stackctl.drills.healing import heal

    adapt()
    try:
        heal()
    except StackError as error:
        print_error(error)


def _logs(rest: Sequence[str]) -> int:
    return client.compose("logs", *rest).returncode


def _status(rest: Sequence[str]) -> int:
    containers = client.containers()
    names = [each["Name"] for each in containers if each["State"] == "running"]
    memory = client.memory_of(names)
    if "--json" in rest:
        print(json.dumps(document(containers, memory), indent=2))
    else:
        show(new_console(), containers, memory)
    return 0 if all_well(containers) else 1


_OUTSIDE: Mapping[str, Callable[[Sequence[str]], int]] = {
    "up": _up,
    "down": _down,
    "status": _status,
    "logs": _logs,
}


def all_well(containers: Sequence[Mapping[str, Any]]) -> bool:
    """Does all run that is to run, and has all ended well that is to end?"""
    return bool(containers) and all(map(_is_well, containers))


def document(containers: Sequence[Mapping[str, Any]], memory: Mapping[str, str]) -> dict[str, object]:
    return {
        "ready": all_well(containers),
        "components": [
            {
                "name": each["Service"],
                "state": _state(each),
                "ready": _is_well(each),
                "memory": memory.get(each["Name"], ""),
                "image": each["Image"],
            }
            for each in containers
        ],
    }


def show(console: Console, containers: Sequence[Mapping[str, Any]], memory: Mapping[str, str]) -> None:
    if not containers:
        console.print("Nothing runs in containers: docker compose up --detach --wait")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("container", "state", "memory", "since", "image"):
        table.add_column(title, overflow="fold")
    for each in containers:
        style = "green" if _is_well(each) else "bold red"
        since = str(each["Status"]).partition(" (")[0]
        table.add_row(
            each["Service"], f"[{style}]{_state(each)}[/]", memory.get(each["Name"], ""), since, each["Image"]
        )
    console.print(table)


def _state(container: Mapping[str, Any]) -> str:
    if container["State"] == "exited":
        return "done" if container["ExitCode"] == 0 else f"failed ({container['ExitCode']})"
    return str(container["Health"] or container["State"])


def _is_well(container: Mapping[str, Any]) -> bool:
    """Those without a health check of their own are well when they run."""
    return _state(container) in ("done", "healthy", "running")
