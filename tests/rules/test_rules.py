"""Every alert: not yet, fires, resolves. The cases stand in the *.test.yml files beside this one."""

import subprocess
from pathlib import Path

import pytest

from stackctl.binaries import ensure

CASES = sorted(Path(__file__).parent.glob("*.test.yml"))


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem.removesuffix(".test"))
def test_the_rules_do_what_their_cases_say(cases: Path) -> None:
    promtool = ensure(["promtool"])["promtool"].path
    result = subprocess.run([promtool, "test", "rules", cases], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
