"""From which value on a panel changes its colour. What an alert or an objective says is taken from there."""

from collections.abc import Sequence
from typing import Any

from dashboards.colors import BAD, GOOD, WARNING

Steps = Sequence[tuple[float | None, str]]

PLAIN: Steps = ((None, "text"),)


def bad_above(warning: float, critical: float | None = None) -> Steps:
    steps: Steps = ((None, GOOD), (warning, WARNING))
    return steps if critical is None else (*steps, (critical, BAD))


def bad_from(critical: float) -> Steps:
    return ((None, GOOD), (critical, BAD))


def bad_below(critical: float, warning: float) -> Steps:
    return ((None, BAD), (critical, WARNING), (warning, GOOD))


def wrong_unless_zero() -> Steps:
    """For a number that is never to be another. No line over time: it would lie on the axis."""
    return ((None, GOOD), (1e-9, BAD))


def as_json(steps: Steps) -> dict[str, Any]:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in steps]}
