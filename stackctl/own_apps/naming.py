"""What a program is called in all three signals."""

import re
from collections.abc import Collection, Sequence
from pathlib import PurePath

from stackctl.errors import StackError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PYTHON = re.compile(r"python[\d.]*")
_APP = re.compile(r"([A-Za-z_][\w.]*):[\w.()'\"=, ]+")
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "waitress-serve", "granian")
_FALLBACK = "app"


def service_name(command: Sequence[str]) -> str:
    """Of the script, the module or the program: `python shop.py` and `gunicorn shop:app` are shop."""
    program = PurePath(command[0]).name
    name = program
    if _PYTHON.fullmatch(program):
        name = _of_python(command[1:]) or program
    elif program in _SERVERS:
        name = _served(command[1:]) or program
    elif program == "flask":
        name = _after(command, "--app", "-A").partition(":")[0] or program
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", PurePath(name).name.removesuffix(".py")).strip("-._")
    return name[:63] or _FALLBACK


def require_free(name: str, taken: Collection[str]) -> None:
    if not _NAME.fullmatch(name):
        raise StackError(
            f"{name!r} cannot be the name of a service.",
            "Use letters, digits, dots, dashes and underscores, 63 at most: ./stack run --name billing -- …",
        )
    if any(name == each or re.fullmatch(rf"{re.escape(each)}-(\d|v.*)", name) for each in taken):
        raise StackError(
            f"{name} is the name of a part of this stack.",
            f"Choose another: ./stack run --name my-{name} -- …",
        )


def _of_python(arguments: Sequence[str]) -> str:
    for number, argument in enumerate(arguments):
        following = arguments[number + 1 : number + 2]
        if argument == "-m":
            module = following[0] if following else ""
            if module in (*_SERVERS, "flask"):
                return service_name([module, *arguments[number + 2 :]])
            return module
        if argument == "-c":
            return ""
        if not argument.startswith("-") and arguments[number - 1 : number] not in (["-W"], ["-X"]):
            return argument
    return ""


def _served(arguments: Sequence[str]) -> str:
    found = (_APP.fullmatch(argument) for argument in arguments)
    return next((match.group(1).rpartition(".")[2] for match in found if match), "")


def _after(command: Sequence[str], *options: str) -> str:
    for number, argument in enumerate(command):
        name, _, value = argument.partition("=")
        if name in options:
            return value or next(iter(command[number + 1 : number + 2]), "")
    return ""
