"""The commands of ./stack: each parses its options and hands over to the module that does the work."""

from collections.abc import Iterator
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
from stackctl.cli.status import status
from stackctl.cli.test import test
from stackctl.cli.trace import trace
from stackctl.cli.traffic import traffic
from stackctl.cli.up import up
from stackctl.cli.verify import verify
from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.settings.modes import COMPOSE, take_mode
from stackctl.system.interrupts import INTERRUPTED
from stackctl.system.terminal import new_console, print_error


class Commands(TyperGroup):
    """Turns failures that a person can mend into a few lines, and Ctrl-C into one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _said_in_a_few_lines():
            mode, rest = take_mode(args)
            if mode == COMPOSE and rest and not {"-h", "--help"} & set(rest):
                from stackctl.compose import commands

                if rest[0] not in commands.ADAPTED:
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


app.command(epilog="Example: ./stack demo --rate 50 --duration 60")(demo)
app.command(epilog="Example: ./stack up --with postgres,rabbitmq --scale products=2")(up)
app.command(epilog="Example: ./stack down --clean")(down)
app.command(epilog="Example: ./stack status --json | jq .components[].state")(status)
app.command(epilog="Example: ./stack logs orders -f")(logs)
app.command(epilog="Example: ./stack traffic --rate 50 --duration 60s --seed 7")(traffic)
app.command(epilog="Example: ./stack verify --json | jq .ok")(verify)
app.command(epilog="Example: ./stack mail -n 5")(mail)
app.add_typer(dlq, name="dlq")
app.add_typer(deploy, name="deploy")
app.command(epilog="Example: ./stack drill payments-slow, or ./stack drill --hide")(drill)
app.command(epilog="Example: ./stack trace 4bf92f3577b34da6a3ce929d0e0e4736")(trace)
app.command(epilog="Example: ./stack doctor")(doctor)
app.command(
    epilog="Example: ./stack test unit -k request_id",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)(test)
