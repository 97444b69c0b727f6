"""The console that everything is shown on, and how an error looks."""

import os

from rich.console import Console

from stackctl.errors import StackError

# Where output is no terminal (CI, a pipe), rich assumes 80 columns; a table deserves more.
PLAIN_WIDTH = 120


def visible(text: object, keep: str = "") -> str:
    """Other people's text with its control and direction characters shown, not obeyed; those in `keep` stay.

    A client chooses paths, names and headers, and they are in logs and spans: an escape sequence among them
    would colour or clear the reader's terminal, a line break would forge a line.
    """
    return "".join(
        character
        if character.isprintable() or character in keep
        else character.encode("unicode_escape").decode()
        for character in str(text)
    )


def new_console(stderr: bool = False) -> Console:
    plain = Console(stderr=stderr, highlight=False)
    if plain.is_terminal or "COLUMNS" in os.environ:
        return plain
    return Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


def print_error(error: StackError) -> None:
    """One block on standard error: what is wrong, and below it what to do."""
    console = new_console(stderr=True)
    console.print("[bold red]stack:[/]", end=" ")
    console.print(error.message, markup=False, soft_wrap=True)
    if error.hint:
        console.print(error.hint, markup=False, soft_wrap=True)
