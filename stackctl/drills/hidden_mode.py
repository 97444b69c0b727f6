"""Drills for a person: a fault without its name, and later the answer."""

import os
import random
import time
from collections.abc import Sequence

from rich.console import Console

from stackctl.drills import active_faults, running
from stackctl.drills.catalogue import Drill, find, possible
from stackctl.drills.evidence import dashboard
from stackctl.drills.watchdog_process import guarded
from stackctl.errors import StackError
from stackctl.settings import modes

LONGEST_SECONDS = 720.0
_ALSO = ("status", "logs", "trace")


def hide(console: Console, name: str | None) -> None:
    """Something is wrong until it is revealed and healed, or after LONGEST_SECONDS. Ctrl-C heals."""
    drill = find(name) if name else random.choice(possible())
    with running.prepared(console, [drill]) as (sending, _), guarded():
        results = running.inject([drill], sending, os.getpid(), hidden=True)
        try:
            console.print(
                "\n[bold]Something is wrong in the shop now.[/] What is it, and what is the cause?\n"
                f"  dashboards  {dashboard(drill).rpartition('/')[0]}/shop-overview\n"
                "  alerts      http://127.0.0.1:9093 (docs/alerts.md says with which password)\n"
                f"  also        {', '.join(modes.typed(f'./stack {each}') for each in _ALSO)}\n"
                f"The answer: {modes.typed('./stack drill --reveal')}."
                f" To end it: Ctrl-C here, or {modes.typed('./stack drill --heal')}."
            )
            _wait_until_healed()
        finally:
            if active_faults.read() is not None:
                running.restore(console, results)


def reveal(console: Console) -> None:
    """What is wrong, why, and what the runbook says of it. It stays as it is."""
    for drill in _active():
        console.print(f"[bold]{drill.name}[/]: {drill.summary}")
        console.print(f"[bold]Cause[/]    {drill.cause}")
        console.print(f"[bold]Signals[/]  {'; '.join(drill.signals)}")
        console.print(f"[bold]Runbook[/]  {drill.runbook}")
        console.print(f"[bold]Look at[/]  {dashboard(drill)}")


def heal(console: Console) -> None:
    if active_faults.read() is None:
        console.print("No drill is on.")
    else:
        running.restore(console, [])


def _active() -> Sequence[Drill]:
    active = active_faults.read()
    if active is None:
        raise StackError("no drill is on.", f"{modes.typed('./stack drill --hide')} begins one.")
    return [find(name) for name in active.drills]


def _wait_until_healed() -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while active_faults.read() is not None and time.monotonic() < end:
        time.sleep(0.5)
