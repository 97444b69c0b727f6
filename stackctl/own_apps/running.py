"""`./stack run`: from a command to a program that this stack sees."""

import shutil
import time
from collections.abc import Sequence

from rich.console import Console

from stackctl import ports
from stackctl.errors import StackError
from stackctl.own_apps import environment, naming, program, python_packages
from stackctl.own_apps.log_file import LogFile
from stackctl.paths import logs_dir
from stackctl.run import pidfiles, stack

_AT_ONCE_SECONDS = 2.0


def run_own_app(console: Console, command: Sequence[str], name: str = "") -> int:
    """Run it to its end, and return its exit code."""
    if not pidfiles.running("otel-collector"):
        raise StackError("The stack does not run, so nothing could be seen.", "Start it first: ./stack up")
    name = name or naming.service_name(command)
    naming.require_free(
        name, {*ports.SERVICES, *(each.name for each in stack.known_components()), "stackctl"}
    )
    if shutil.which(command[0]) is None:
        hint = "Write what follows -- as you would without ./stack run."
        raise StackError(f"There is no program {command[0]!r} here.", hint)
    if problem := python_packages.prepare(command):
        console.print(f"stack run: {problem}", style="yellow", markup=False, soft_wrap=True)
    told = environment.environment(name, python_packages.packages_dir())
    file = None if environment.pushes_log_lines() else LogFile(logs_dir() / f"{name}.jsonl")
    console.print(f"stack run: {name} is seen at {ports.url(ports.CONSOLE)}", style="dim", soft_wrap=True)
    began = time.monotonic()
    code = program.run(command, told, name, file)
    seconds = time.monotonic() - began
    if code and seconds < _AT_ONCE_SECONDS:
        console.print(
            f"stack run: {command[0]} ended after {seconds:.1f} s with exit code {code}; see above why.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    return code
