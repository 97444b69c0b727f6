"""`./stack record`."""

from typing import Annotated

import typer

from stackctl.system.terminal import new_console


def record(
    to: Annotated[str, typer.Option(metavar="URL", help="Your own app, on this machine.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8080,
    timeout: Annotated[str, typer.Option(help="How long the app may leave a request unanswered.")] = "60s",
) -> None:
    """Stand before your own app, give each request a trace, and keep the ledger until Ctrl-C.

    Click around, or run your tests against the port that it listens on. Any program in any language;
    streams and WebSockets pass through. Then: ./stack verify
    """
    from proof.ledger.durations import parse_duration
    from proof.own_app.record import record_app

    run = record_app(new_console(), to=to, port=port, silent_seconds=parse_duration(timeout))
    new_console().print(
        f"{run.planned:,} requests are in the ledger. Prove it: ./stack verify --run {run.run_id}"
    )
