"""The commands of ./stack: each parses its options and hands over to the module that does the work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from stackctl.cli.demo import demo
from stackctl.cli.deploy import deploy
from stackctl.cli.dlq import dlq
from stackctl.cli.doctor import doctor
from stackctl.cli.down import down
from stackctl.cli.drill import drill
from stackctl.cli.logs import logs
from stackctl.cli.mail import mail
from stackctl.cli.record import record
from stackctl.cli.run import run
from stackctl.cli.status import status
from stackctl.cli.test import test
from stackctl.cli.trace import trace
from stackctl.cli.traffic import traffic
from stackctl.cli.ui import ui
from stackctl.cli.up import up
from stackctl.cli.verify import verify
from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.settings.modes import ADAPTED, COMPOSE, take_mode
from stackctl.system.interrupts import INTERRUPTED
from stackctl.system.terminal import new_console, print_error


class Commands(TyperGroup):
    """Turns failures that a person can fix into a few lines, and Ctrl-C into one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _said_in_a_few_lines():
            mode, rest = take_mode(args)
            if mode == COMPOSE and rest and not {"-h", "--help"} & set(rest):
                from stackctl.compose import commands

                if rest[0] not in ADAPTED:
                    raise typer.Exit(commands.run(rest))
                commands.adapt()
        return super().parse_args(ctx, rest)

    def invoke(self, ctx: Any) -> Any:
        with _said_in_a_few_lines():
            return super().invoke(ctx)


@contextmanager
def _said_in_a_few_lines() -> Iterator[None]:
    try:
        yield
    except StackError as error:
        print_error(error)
        raise typer.Exit(1) from error
    except OSError as error:
        if error.filename is None:
            raise
        print_error(_about_a_file(error))
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        new_console(stderr=True).print("Interrupted.")
        raise typer.Exit(INTERRUPTED) from interrupt


def _about_a_file(error: OSError) -> StackError:
    return StackError(
        f"{error.filename}: {error.strerror}.",
        f"This stack keeps its files in {state_dir()}; GLASSHOUSE_STATE_DIR names another folder.",
    )


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Glasshouse: a shop of Flask services; every request is found in their logs, metrics and traces.",
    epilog="Begin with: ./stack demo. On the stack in containers: ./stack verify --mode compose",
)


def _add(command: Callable[..., None], panel: str, example: str, **settings: Any) -> None:
    app.command(rich_help_panel=panel, epilog=f"Example: ./stack {example}", **settings)(command)


_STACK = "The stack"
_add(demo, _STACK, "demo --rate 50 --duration 60")
_add(up, _STACK, "up --with postgres,rabbitmq --scale products=2")
_add(down, _STACK, "down --clean")
_add(status, _STACK, "status --json | jq .components[].state")
_add(ui, _STACK, "ui")
_add(logs, _STACK, "logs orders -f")
_add(doctor, _STACK, "doctor")

_TRAFFIC = "Traffic, and what came of it"
# What follows the program is its own.
_FOR_PROGRAM = {"ignore_unknown_options": True, "allow_interspersed_args": False}
_add(run, _TRAFFIC, "run --name billing -- python app.py", context_settings=_FOR_PROGRAM)
_add(traffic, _TRAFFIC, "traffic --rate 50 --duration 60s --seed 7")
_add(record, _TRAFFIC, "record --to http://127.0.0.1:5050 --port 8080")
_add(verify, _TRAFFIC, "verify --json | jq .ok")
_add(trace, _TRAFFIC, "trace 4bf92f3577b34da6a3ce929d0e0e4736")
_add(mail, _TRAFFIC, "mail -n 5")
app.add_typer(dlq, name="dlq", rich_help_panel=_TRAFFIC)

_CHANGE = "Break it, change it"
_add(drill, _CHANGE, "drill payments-slow, or ./stack drill --hide")
app.add_typer(deploy, name="deploy", rich_help_panel=_CHANGE)

# What follows the group is pytest's, not ours.
_FOR_PYTEST = {"ignore_unknown_options": True, "allow_interspersed_args": False}
_add(test, "Work on it", "test unit -k request_id", context_settings=_FOR_PYTEST)
