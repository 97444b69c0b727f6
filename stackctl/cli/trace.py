"""`./stack trace`."""

from typing import Annotated

import typer

from stackctl.cli.options import Mode
from stackctl.settings.modes import NATIVE
from stackctl.system.terminal import new_console


def trace(
    trace_id: Annotated[str, typer.Argument(help="As in a log line, an exemplar or the ledger.")],
    mode: Mode = NATIVE,
) -> None:
    """Show one request in all three signals: its spans, its log lines, the metrics that point to it."""
    from stackctl.inspect.trace import show_trace

    show_trace(new_console(), trace_id)
