"""Which version of a service runs: the one that all know, and for a while perhaps a new one beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What the service that runs from this folder is called as long as nobody has deployed another version of it.
FIRST = "1"


@dataclass(frozen=True)
class Release:
    """A version, and the folder that holds its code where that is not this one."""

    version: str = FIRST
    folder: str = ""

    @property
    def name(self) -> str:
        """In the gateway's registry, and in the label `version` of its metrics."""
        return f"v{self.version}"


@dataclass(frozen=True)
class Rollout:
    """Of one service: `candidate` is the new version while there is one, `share` its percent of requests."""

    stable: Release = field(default_factory=Release)
    candidate: Release | None = None
    share: float = 0.0
    kind: str = ""


def from_json(rollouts: Mapping[str, Mapping[str, Any]]) -> dict[str, Rollout]:
    return {service: _rollout(**fields) for service, fields in rollouts.items()}


def _rollout(stable: Mapping[str, str], candidate: Mapping[str, str] | None, **more: Any) -> Rollout:
    return Rollout(Release(**stable), Release(**candidate) if candidate else None, **more)
