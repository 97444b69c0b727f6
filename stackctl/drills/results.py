"""What drills have taken: kept for the table in docs/drills.md, and summed up for who has run them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from stackctl.drills import active_faults
from stackctl.drills.running import Result
from stackctl.settings import modes
from stackctl.system import atomic_write


def results_file() -> Path:
    """The last result of every drill, by its name."""
    return active_faults.folder() / "results.json"


def finish(console: Console, results: Sequence[Result], keep: bool) -> int:
    """Write them down and say how it went; the exit code."""
    known = {**_known(), **{result.drill.name: result.as_json() for result in results}}
    atomic_write.write(results_file(), json.dumps(known, indent=2) + "\n")
    console.print()
    for result in results:
        if result.problem:
            console.print(f"[bold red]{result.drill.name}: {result.problem}[/]")
        else:
            console.print(f"[green]{result.drill.name}[/]: {_sentence(result)}")
    if keep:
        console.print(f"It stays broken. To end it: {modes.typed('./stack drill --heal')}", style="bold")
    return 1 if any(result.problem for result in results) else 0


def _sentence(result: Result) -> str:
    timeline = result.timeline
    said = f"detected after {timeline.since_injection(timeline.detected_at):g} s"
    if (notified := timeline.since_injection(timeline.notified_at)) is not None:
        said += f", notified after {notified:g} s"
    if timeline.resolved_at is not None and timeline.healed_at is not None:
        said += f", resolved {timeline.resolved_at - timeline.healed_at:.0f} s after it was healed"
    return said + "."


def _known() -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(results_file().read_text(encoding="utf-8"))
        return found
    except (FileNotFoundError, ValueError):
        return {}
