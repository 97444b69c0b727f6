"""A symptom that comes and goes, as promtool tests it, in the windows of either profile.

A case tells three phases: before (all is well), during (the symptom), after (it is gone again). How long they
last is written as in production; series are given by how they go in each phase.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from alerts.profiles import Profile

# A value for each phase. None: there is no sample.
Phases = tuple[float | None, float | None, float | None]

STALE: Final = "_"


@dataclass(frozen=True)
class Level:
    """A gauge: at this level in each phase."""

    phases: Phases

    def values(self, steps: Sequence[int], step_s: int, pace: int) -> str:
        return " ".join(_constant(level, count) for level, count in zip(self.phases, steps, strict=True))


@dataclass(frozen=True)
class Rate:
    """A counter: so much per second in each phase. It does not exist in phases without a rate."""

    phases: Phases

    def values(self, steps: Sequence[int], step_s: int, pace: int) -> str:
        parts, now = [], 0.0
        for rate, count in zip(self.phases, steps, strict=True):
            if rate is None:
                parts.append(_constant(None, count))
                continue
            parts.append(f"{now + rate * step_s:g}+{rate * step_s:g}x{count - 1}")
            now += rate * step_s * count
        return " ".join(parts)


@dataclass(frozen=True)
class Growth:
    """A gauge that goes on from where it was, by so much per second of production in each phase."""

    start: float
    phases: tuple[float, float, float]

    def values(self, steps: Sequence[int], step_s: int, pace: int) -> str:
        parts, now = [], self.start
        for rate, count in zip(self.phases, steps, strict=True):
            parts.append(f"{now:.0f}{rate * pace * step_s:+.0f}x{count - 1}")
            now += rate * pace * step_s * count
        return " ".join(parts)


Shape = Level | Rate | Growth


@dataclass(frozen=True)
class Case:
    """`labels` are those of the series, `summary` and `description` what people read. Where that differs by
    profile, `value` says what stands for `{value}`. It must fire at the end of the second phase, not yet at
    its beginning, and no longer at the end of the third; `lasts` says how long they are.
    """

    alert: str
    name: str
    series: Mapping[str, Shape]
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    description: str = ""
    value: Mapping[str, str] = field(default_factory=dict)
    lasts: tuple[str, str, str] = ("10m", "20m", "20m")
    fires: bool = True

    def described_in(self, profile: Profile) -> str:
        return self.description.replace("{value}", self.value.get(profile.name, ""))

    def steps(self, profile: Profile, step_s: int) -> list[int]:
        return [max(4, profile.range_s(phase) // step_s) for phase in self.lasts]

    def input_series(self, profile: Profile, step_s: int) -> list[dict[str, str]]:
        steps = self.steps(profile, step_s)
        return [
            {"series": name, "values": shape.values(steps, step_s, profile.factor)}
            for name, shape in self.series.items()
        ]

    def times(self, profile: Profile, step_s: int) -> tuple[int, int, int]:
        """Seconds: just after the symptom began, when it has lasted, when it has been gone for long."""
        before, during, after = self.steps(profile, step_s)
        return before * step_s, (before + during - 1) * step_s, (before + during + after - 1) * step_s


def _constant(level: float | None, count: int) -> str:
    return f"{STALE}x{count}" if level is None else f"{level:g}+0x{count - 1}"


def story_of(case: Case, profile: Profile, step_s: int, expected: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry below `tests`, with not yet, fires and resolves."""
    begun, lasted, over = case.times(profile, step_s)
    steps: Sequence[tuple[int, list[dict[str, Any]]]] = (
        (begun, []),
        (lasted, expected if case.fires else []),
        (over, []),
    )
    return {
        "name": f"{case.alert}: {case.name}",
        "interval": f"{step_s}s",
        "input_series": case.input_series(profile, step_s),
        "alert_rule_test": [
            {"eval_time": f"{time}s", "alertname": case.alert, "exp_alerts": alerts} for time, alerts in steps
        ],
    }
