"""What was chosen with `up`: kept in the state folder, so that it holds until something else is chosen."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from stackctl import ports
from stackctl.errors import StackError
from stackctl.paths import state_dir
from stackctl.settings.instances import MOST_INSTANCES, Instance, instances
from stackctl.settings.rollouts import Release, Rollout, from_json
from stackctl.system import atomic_write

SCALABLE = tuple(name for name in ports.SERVICES if name != "gateway")


# What can stand in for an embedded part, and the variable that names one that runs elsewhere.
POSTGRES, RABBITMQ = PARTS = ("postgres", "rabbitmq")
_URLS = {POSTGRES: "POSTGRES_URL", RABBITMQ: "RABBITMQ_URL"}
_SCHEMES = {POSTGRES: ("postgresql", "postgres"), RABBITMQ: ("amqp", "amqps")}
_EMBEDDED = "none"


@dataclass(frozen=True)
class SavedOptions:
    """`scale`: how many instances of a service, where it is not one.

    `parts`: those of PARTS that are used; with a URL it runs elsewhere, with an empty one we run it.
    `rollouts`: of services of which another version was deployed (./stack deploy).
    """

    scale: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)

    def runs(self, part: str) -> bool:
        """Is it a component of ours?"""
        return self.parts.get(part) == ""

    def instances(self) -> list[Instance]:
        """Every process of every service that is to run."""
        candidates = {name: one.candidate.version for name, one in self.rollouts.items() if one.candidate}
        return list(instances(self.scale, candidates))

    def rollout(self, service: str) -> Rollout:
        return self.rollouts.get(service, Rollout())

    def release(self, instance: Instance) -> Release:
        """What this process runs."""
        rollout = self.rollout(instance.service)
        return rollout.candidate if instance.candidate and rollout.candidate else rollout.stable

    def with_rollout(self, service: str, rollout: Rollout) -> "SavedOptions":
        return replace(self, rollouts={**self.rollouts, service: rollout})

    def with_parts(self, request: str | None) -> "SavedOptions":
        """After `--with postgres,rabbitmq`; POSTGRES_URL and RABBITMQ_URL name those that run elsewhere."""
        if request is None:
            return self
        names = [name for name in request.replace(" ", "").split(",") if name != _EMBEDDED]
        if unknown := set(names) - set(PARTS):
            raise StackError(
                f"--with {request}: there is no {', '.join(sorted(unknown))}.",
                f"There are: {', '.join(PARTS)}, or {_EMBEDDED} for what is embedded.",
            )
        return replace(self, parts={name: _url_elsewhere(name) for name in PARTS if name in names})

    def scaled(self, requests: Sequence[str]) -> "SavedOptions":
        """After `--scale products=2,users=3`; services that are not named stay as they are."""
        wanted = dict(map(_parse_scale, ",".join(requests).split(","))) if requests else {}
        scale = {**self.scale, **wanted}
        return replace(self, scale={service: count for service, count in scale.items() if count > 1})

    def save(self) -> None:
        """Private: a URL may hold a password."""
        atomic_write.write(_file(), json.dumps(asdict(self), indent=2), private=True)


# In containers nothing is embedded, and nothing can be chosen.
CONTAINERS = SavedOptions(parts=dict.fromkeys(PARTS, ""))


def load() -> SavedOptions:
    """What was saved last; before the first time, the defaults."""
    if ports.inside_containers():
        return CONTAINERS
    try:
        chosen = json.loads(_file().read_text(encoding="utf-8"))
        return SavedOptions(**chosen | {"rollouts": from_json(chosen.get("rollouts", {}))})
    except FileNotFoundError:
        return SavedOptions()
    except (ValueError, TypeError, AttributeError) as error:
        raise StackError(f"{_file()} is damaged.", "Remove it and choose again: ./stack up --help") from error


def forget() -> None:
    _file().unlink(missing_ok=True)


def _url_elsewhere(part: str) -> str:
    url = os.environ.get(_URLS[part], "")
    if url and urlsplit(url).scheme not in _SCHEMES[part]:
        raise StackError(f"{_URLS[part]} is no address of {part}: it begins with {_SCHEMES[part][0]}://.")
    return url


def _parse_scale(request: str) -> tuple[str, int]:
    form = re.fullmatch(r"([a-z]+)=(\d{1,2})", request.strip())
    if not form or form[1] not in SCALABLE or not 1 <= int(form[2]) <= MOST_INSTANCES:
        raise StackError(
            f"--scale {request}: it takes SERVICE=NUMBER, with a number from 1 to {MOST_INSTANCES}.",
            f"Services: {', '.join(SCALABLE)}. Example: ./stack up --scale products=2",
        )
    return form[1], int(form[2])


def _file() -> Path:
    return state_dir() / "choices.json"
