"""The drills as data: drills/*.yml, each a fault and what is to be seen of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from stackctl.drills.environment import environment
from stackctl.drills.injection import Injection
from stackctl.errors import StackError
from stackctl.paths import ROOT
from stackctl.settings import modes

FOLDER = ROOT / "drills"


@dataclass(frozen=True)
class Expected:
    """An alert that this drill fires, with those of its labels that tell it from others of its name.

    `absent`: it always fires, and what is told is that it stays away.
    """

    name: str
    labels: Mapping[str, str]
    absent: bool = False

    def fits(self, labels: Mapping[str, str]) -> bool:
        return labels.get("alertname") == self.name and self.labels.items() <= labels.items()

    def __str__(self) -> str:
        labels = ", ".join(f"{name}={value}" for name, value in self.labels.items())
        return f"{self.name}{{{labels}}}" if labels else self.name


@dataclass(frozen=True)
class Drill:
    """`alerts`: the first is the one to be woken by, the others come with it. `logs` is LogQL, or empty.

    `minutes` is what it takes all in all, about. `batch`: drills with the same one do not disturb each
    other, and are tested side by side.
    """

    name: str
    summary: str
    fault: Mapping[str, Any]
    signals: tuple[str, ...]
    alerts: tuple[Expected, ...]
    cause: str
    dashboard: str
    logs: str
    minutes: float
    in_ci: bool
    batch: str

    @property
    def kind(self) -> str:
        return str(self.fault["kind"])

    @property
    def injection(self) -> Injection:
        return injection_of(self.fault)

    @property
    def runbook(self) -> str:
        return f"docs/runbooks/{self.alerts[0].name}.md"

    def as_json(self) -> Mapping[str, Any]:
        """What one may know before it: not its cause."""
        return {
            "name": self.name,
            "summary": self.summary,
            "alert": self.alerts[0].name,
            "minutes": self.minutes,
        }


@cache
def catalogue() -> Mapping[str, Drill]:
    """Every drill by its name, which is that of its file."""
    return {path.stem: _read(path.stem, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yml"))}


def injection_of(fault: Mapping[str, Any]) -> Injection:
    return environment().kinds[str(fault["kind"])](
        **{name: value for name, value in fault.items() if name != "kind"}
    )


def possible() -> list[Drill]:
    """Those that this stack can have."""
    return [drill for drill in catalogue().values() if not environment().obstacle(drill.fault)]


def require_possible(drills: Iterable[Drill]) -> None:
    for drill in drills:
        if obstacle := environment().obstacle(drill.fault):
            raise StackError(
                f"{drill.name} cannot be had in containers: {obstacle}.",
                f"What can: {modes.typed('./stack drill --list')}",
            )


def find(name: str) -> Drill:
    drills = catalogue()
    if name not in drills:
        raise StackError(f"there is no drill {name!r}.", f"There are: {', '.join(drills)}")
    return drills[name]


def _read(name: str, text: str) -> Drill:
    fields: dict[str, Any] = yaml.safe_load(text)
    return Drill(
        name=name,
        summary=fields["summary"],
        fault=fields["fault"],
        signals=tuple(fields["signals"]),
        alerts=tuple(_expected(alert) for alert in fields["alerts"]),
        cause=" ".join(fields["cause"].split()),
        dashboard=fields["dashboard"],
        logs=fields.get("logs", ""),
        minutes=float(fields["minutes"]),
        in_ci=fields["in_ci"],
        batch=fields["batch"],
    )


def _expected(alert: Mapping[str, Any]) -> Expected:
    labels = {name: value for name, value in alert.items() if name not in ("name", "absent")}
    return Expected(alert["name"], labels, bool(alert.get("absent")))
