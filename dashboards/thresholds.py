"""From which value on a panel changes its colour. What an alert or an objective says is taken from there."""

from collections.abc import Sequence
from typing import Any

Steps = Sequence[tuple[float | None, str]]

PLAIN: Steps = ((None, "text"),)


def bad_above(warning: float, critical: float | None = None) -> Steps:
    steps: Steps = ((None, "green"), (warning, "yellow"))
    return steps if critical is None else (*steps, (critical, "red"))


def bad_below(critical: float, warning: float) -> Steps:
    return ((None, "red"), (critical, "yellow"), (warning, "green"))


def wrong_unless_zero() -> Steps:
    """For what is never to happen."""
    return ((None, "green"), (1e-9, "red"))


def as_json(steps: Steps) -> dict[str, Any]:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in steps]}
