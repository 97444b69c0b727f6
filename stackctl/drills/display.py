"""What a person sees of drills: what happened when, the evidence, the conclusion."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stackctl.drills.catalogue import Drill
from stackctl.drills.timeline import Timeline
from stackctl.inspect.trace import readable_line
from stackctl.settings import modes

if TYPE_CHECKING:
    from stackctl.drills.running import Result


class Progress:
    """Prints what is new, once; on a terminal a line below says what is awaited."""

    def __init__(self, console: Console, results: Sequence["Result"]) -> None:
        self._console = console
        self._told: dict[str, set[str]] = {result.drill.name: set() for result in results}
        self._many = len(results) > 1
        for result in results:
            console.print(f"\n[bold]{result.drill.name}[/]: {escape(result.drill.summary)}")
        for result in results:
            self._say(result, 0.0, "injected", "")

    def tell(self, result: "Result") -> None:
        for what, seconds, more in _events(result.timeline):
            if what not in self._told[result.drill.name]:
                self._say(result, seconds, what, more)

    def wait(self, seconds: float, awaited: Sequence[Drill]) -> None:
        names = ", ".join(drill.alerts[0].name for drill in awaited)
        with self._console.status(f"[dim]watching {names}"):
            time.sleep(seconds)

    def conclude(self, result: "Result") -> None:
        print_conclusion(self._console, result)

    def _say(self, result: "Result", seconds: float, what: str, more: str) -> None:
        self._told[result.drill.name].add(what)
        prefix = f"{result.drill.name:<22} " if self._many else ""
        self._console.print(
            f"  [dim]{prefix}[/]{seconds:>6.1f} s  {what:<42} [dim]{escape(more)}[/]", soft_wrap=True
        )


def print_conclusion(console: Console, result: "Result") -> None:
    drill, evidence = result.drill, result.evidence
    console.print(f"\n[bold]Evidence[/] of {drill.name}")
    if evidence is not None:
        if evidence.trace_id:
            console.print(
                f"  a trace     {modes.typed(f'./stack trace {evidence.trace_id}')}", soft_wrap=True
            )
        console.print(f"  dashboard   {evidence.dashboard}", soft_wrap=True)
        for line in evidence.lines:
            console.print("  ", end="")
            console.print(readable_line(line), soft_wrap=True)
        if evidence.lines:
            console.print(f"  more such lines: {escape(drill.logs)}", style="dim", soft_wrap=True)
    console.print(f"[bold]Cause[/]    {escape(drill.cause)}")
    console.print(f"[bold]Runbook[/]  {drill.runbook}")


def print_list(console: Console, drills: Iterable[Drill]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("drill", "what goes wrong", "alert"):
        table.add_column(title)
    table.add_column("minutes", justify="right")
    for drill in drills:
        table.add_row(drill.name, escape(drill.summary), drill.alerts[0].name, f"{drill.minutes:g}")
    console.print(table)
    console.print(
        f"Run one: {modes.typed('./stack drill NAME')}."
        f" Practise on one that you do not know: {modes.typed('./stack drill --hide')}",
        style="dim",
    )


def _events(timeline: Timeline) -> Iterable[tuple[str, float, str]]:
    """What is known so far, in the order of the table in docs/drills.md."""
    if (bad := timeline.first_bad) is not None:
        how = str(bad.status) if bad.status is not None else bad.error or "no answer"
        yield (
            "first bad request",
            timeline.since_injection(bad.done_at) or 0.0,
            (f"{bad.method} {bad.route} {how}, {bad.latency_ms:.0f} ms"),
        )
    if (at := timeline.since_injection(timeline.pending_at)) is not None:
        yield "alert pending", at, ""
    for name, moment in timeline.alerts.items():
        held_back = "held back: another alert explains it" if name in timeline.held_back else ""
        yield f"alert {name}", timeline.since_injection(moment) or 0.0, held_back
    if (at := timeline.since_injection(timeline.notified_at)) is not None:
        yield "notified", at, modes.typed("./stack logs notifications")
    if (at := timeline.since_injection(timeline.resolved_at)) is not None:
        yield "resolved", at, ""
