"""How many tests each group has at least: a whole group that has fewer tests less than it seems to.

The numbers stand in tests/floors.json. `python -m stackctl.test_groups.raise_floors` raises them. To lower
one after tests were removed on purpose, edit the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from stackctl.paths import ROOT

FILE = ROOT / "tests" / "floors.json"


def read(file: Path = FILE) -> Mapping[str, int]:
    floors: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
    return floors


def raised(floors: Mapping[str, int], found: Mapping[str, int]) -> Mapping[str, int]:
    """For each group that was found: the higher of both numbers."""
    return {group: max(number, floors.get(group, 0)) for group, number in found.items()}


def write(floors: Mapping[str, int], file: Path = FILE) -> None:
    file.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")
