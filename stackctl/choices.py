"""What was chosen with `up`: kept in the state folder, so that it holds until something else is chosen."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from stackctl import ports, whole_files
from stackctl.errors import StackError
from stackctl.instances import MOST_INSTANCES
from stackctl.paths import state_dir

SCALABLE = tuple(name for name in ports.SERVICES if name != "gateway")


@dataclass(frozen=True)
class Choices:
    """`scale`: how many instances of a service, where it is not one."""

    scale: Mapping[str, int] = field(default_factory=dict)

    def scaled(self, requests: Sequence[str]) -> "Choices":
        """After `--scale products=2,users=3`; services that are not named stay as they are."""
        wanted = dict(map(_parse_scale, ",".join(requests).split(","))) if requests else {}
        scale = {**self.scale, **wanted}
        return replace(self, scale={service: count for service, count in scale.items() if count > 1})

    def save(self) -> None:
        whole_files.write(_file(), json.dumps(asdict(self), indent=2))


def load() -> Choices:
    """What was saved last; before the first time, the defaults."""
    try:
        return Choices(**json.loads(_file().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Choices()
    except (ValueError, TypeError) as error:
        raise StackError(f"{_file()} is damaged.", "Remove it and choose again: ./stack up --help") from error


def forget() -> None:
    _file().unlink(missing_ok=True)


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
