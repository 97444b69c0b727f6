"""The commands of ./stack: each parses its options and hands over to the module that does the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from stackctl.console import new_console, print_error
from stackctl.deploy.command import deploy
from stackctl.dlq_command import dlq
from stackctl.drill.command import drill
from stackctl.errors import StackError
from stackctl.interrupts import INTERRUPTED
from stackctl.mail_command import mail
from stackctl.modes import COMPOSE, take_mode
from stackctl.paths import state_dir
from stackctl.traffic.command import traffic
from stackctl.up_command import up
from stackctl.verify.command import verify


class Commands(TyperGroup):
    """Turns failures that a person can mend into a few lines, and Ctrl-C into one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _said_in_a_few_lines():
            mode, rest = take_mode(args)
            if mode == COMPOSE and rest and not {"-h", "--help"} & set(rest):
                from stackctl import compose_commands

                if rest[0] not in compose_commands.ADAPTED:
                    raise typer.Exit(compose_commands.run(rest))
                compose_commands.adapt()
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


@app.command(epilog="Example: ./stack demo --rate 50 --duration 60")
def demo(
    rate: Annotated[float, typer.Option(help="Requests per second.")] = 20,
    duration: Annotated[str, typer.Option(help="How long to send them: 20s, 2m.")] = "20s",
) -> None:
    """Start everything, send traffic, prove that its telemetry is complete. The stack stays up."""
    from stackctl.demo import run_demo

    raise typer.Exit(run_demo(new_console(), rate, duration))


app.command(epilog="Example: ./stack up --with postgres,rabbitmq --scale products=2")(up)


@app.command(epilog="Example: ./stack down --clean")
def down(
    clean: Annotated[
        bool, typer.Option("--clean", help="Also remove data, logs, runs, keys and passwords.")
    ] = False,
) -> None:
    """Stop everything. The data stays, unless --clean is given."""
    from stackctl.stack import take_down

    take_down(new_console(), clean)


@app.command(epilog="Example: ./stack status --json | jq .components[].state")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what runs, since when, with how much memory. Exit code 0 only when everything is ready."""
    from stackctl.status import show_status

    raise typer.Exit(0 if show_status(new_console(), as_json) else 1)


@app.command(epilog="Example: ./stack logs orders -f")
def logs(
    name: Annotated[
        str | None, typer.Argument(help="A component; without it, those that have logs are listed.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 40,
    raw: Annotated[bool, typer.Option("--raw", help="Lines as they are in the file.")] = False,
) -> None:
    """Show what a component wrote: its own output, and a service's JSON lines made readable."""
    from stackctl.logs import log_names, show_logs

    if name is None:
        print("\n".join(log_names()) or "No logs yet: ./stack up")
    else:
        show_logs(new_console(), name, lines, follow, raw)


app.command(epilog="Example: ./stack traffic --rate 50 --duration 60s --seed 7")(traffic)
app.command(epilog="Example: ./stack verify --json | jq .ok")(verify)
app.command(epilog="Example: ./stack mail -n 5")(mail)
app.add_typer(dlq, name="dlq")
app.add_typer(deploy, name="deploy")
app.command(epilog="Example: ./stack drill payments-slow, or ./stack drill --hide")(drill)


@app.command(epilog="Example: ./stack trace 4bf92f3577b34da6a3ce929d0e0e4736")
def trace(
    trace_id: Annotated[str, typer.Argument(help="As in a log line, an exemplar or the ledger.")],
) -> None:
    """Show one request in all three signals: its spans, its log lines, the metrics that point to it."""
    from stackctl.trace import show_trace

    show_trace(new_console(), trace_id)


@app.command(epilog="Example: ./stack doctor")
def doctor() -> None:
    """Look at this machine: what is missing for the stack, and the command that mends it."""
    from stackctl.doctor import examine

    raise typer.Exit(0 if examine(new_console()) else 1)


@app.command(
    epilog="Example: ./stack test unit -k request_id",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def test(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[GROUP] [PYTEST ARGUMENT]", show_default=False),
    ] = None,
) -> None:
    """Check all, or one: lint, unit, config, rules, integration, e2e, drills, parts, deploys, containers."""
    from stackctl.suites import run_suites

    raise typer.Exit(run_suites(new_console(), arguments or []))
