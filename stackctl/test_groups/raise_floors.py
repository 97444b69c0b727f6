"""Raises the floors to what pytest collects now: `python -m stackctl.test_groups.raise_floors`."""

import re
import subprocess
import sys

from stackctl.paths import ROOT
from stackctl.test_groups import floors
from stackctl.test_groups.groups import GROUPS, Group

# Without those that only root can run, so that the floors hold for everybody.
_COLLECT = ("--collect-only", "-q", "-p", "no:cacheprovider", "-m", "not needs_root")


def collected(group: Group) -> int:
    """How many tests run in it when it is one of many."""
    command = [sys.executable, "-m", "pytest", *_COLLECT, *group.tests, *group.among_others]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = re.search(r"^(\d+)(?:/\d+)? tests? collected", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        sys.exit(f"pytest could not collect them:\n{done.stdout}{done.stderr}")
    return int(found[1])


def main() -> None:
    before = floors.read()
    found = {name: collected(group) for name, group in GROUPS.items() if group.tests}
    after = floors.raised(before, found)
    floors.write(after)
    for name, floor in after.items():
        if floor != before.get(name):
            print(f"{name}: {before.get(name, 0):,} → {floor:,}")
        elif found[name] < floor:
            print(f"{name}: {found[name]:,}, below its floor of {floor:,}; that is lowered by hand")


if __name__ == "__main__":
    main()
