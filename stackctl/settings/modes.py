"""Which stack a command is about: the one of local processes, or the one in containers (--mode compose)."""

import os
from collections.abc import Sequence

from stackctl.errors import StackError

NATIVE, COMPOSE = MODES = ("native", "compose")
# These ask services and backends, and read files that lie in volumes: with containers they run in one.
INSIDE = ("traffic", "verify", "trace", "mail", "dlq")
# These work on containers from outside.
OUTSIDE = ("up", "down", "status", "logs")
# These know both modes themselves.
ADAPTED = ("drill",)
BOTH_MODES = (*OUTSIDE, *INSIDE, *ADAPTED)

_OPTION = "--mode"
_VARIABLE = "GLASSHOUSE_MODE"


def current() -> str:
    """The mode in which this process works; its children inherit it."""
    return os.environ.get(_VARIABLE) or NATIVE


def enter(mode: str) -> None:
    os.environ[_VARIABLE] = mode


def typed(command: str) -> str:
    """As a person has to type it for this stack."""
    return command if current() == NATIVE else f"{command} {_OPTION} {current()}"


def take_mode(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The mode, and the arguments without it. Wherever it stands; before all, GLASSHOUSE_MODE says it."""
    rest = list(arguments)
    mode = current()
    if rest[:1] == ["run"]:
        return mode, rest  # its arguments are those of somebody's program
    for number, argument in enumerate(rest):
        if argument == _OPTION and number + 1 < len(rest):
            mode = rest[number + 1]
            del rest[number : number + 2]
            break
        if argument.startswith(f"{_OPTION}="):
            mode = argument.partition("=")[2]
            del rest[number]
            break
    if mode not in MODES:
        raise StackError(f"There is no mode {mode!r}.", f"The modes are: {', '.join(MODES)}")
    return mode, rest
