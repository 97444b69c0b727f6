"""The state of the whole stack, as a table for people or as JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from stackctl import fetch
from stackctl.run import stack
from stackctl.run.observations import Observation, State, observe

_STYLES = {State.READY: "green", State.STARTING: "yellow", State.NOT_READY: "red", State.DEAD: "bold red"}


def show_status(console: Console, as_json: bool = False) -> bool:
    """Show how every component is; true only when all are ready."""
    seen = [observe(component) for component in stack.known_components()]
    if as_json:
        print(json.dumps(document(seen), indent=2))
    else:
        show(console, seen)
    return all(observation.state is State.READY for observation in seen)


def document(seen: Sequence[Observation]) -> dict[str, object]:
    return {
        "ready": all(observation.state is State.READY for observation in seen),
        "memory_bytes": _total_bytes(seen),
        "components": [asdict(observation) for observation in seen],
        "grafana": fetch.grafana_line(),
    }


def show(console: Console, seen: Sequence[Observation]) -> None:
    table = Table(show_footer=True, box=None, pad_edge=False, header_style="bold")
    table.add_column("component", footer="all")
    table.add_column("state")
    table.add_column("pid", justify="right")
    table.add_column("memory", justify="right", footer=_megabytes(_total_bytes(seen)))
    table.add_column("up for", justify="right")
    table.add_column("ports", overflow="fold")
    table.add_column("program", overflow="fold")
    for observation in seen:
        table.add_row(*_cells(observation))
    console.print(table)
    for observation in seen:
        if observation.note:
            console.print(f"{observation.name}: {observation.note}", markup=False, soft_wrap=True)
    console.print(fetch.grafana_line(), style="dim")


def _cells(observation: Observation) -> Iterable[str]:
    style = _STYLES.get(observation.state, "dim")
    lives = observation.pid is not None
    return (
        observation.name,
        f"[{style}]{observation.state}[/]",
        str(observation.pid or ""),
        _megabytes(observation.memory_bytes) if lives else "",
        duration(observation.uptime_seconds) if lives else "",
        " ".join(map(str, observation.ports)),
        observation.source,
    )


def duration(seconds: float) -> str:
    """The two largest units of it: `7 s`, `3 min 12 s`, `2 h 5 min`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _total_bytes(seen: Iterable[Observation]) -> int:
    return sum(observation.memory_bytes for observation in seen)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
