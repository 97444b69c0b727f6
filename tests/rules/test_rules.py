"""Every alert: not yet, fires, resolves. The cases stand in the *.test.yml files beside this one."""

import subprocess
from pathlib import Path

import pytest
import yaml

from stackctl.binaries import ensure
from stackctl.paths import ROOT

CASES = sorted(Path(__file__).parent.glob("*.test.yml"))


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem.removesuffix(".test"))
def test_the_rules_do_what_their_cases_say(cases: Path) -> None:
    promtool = ensure(["promtool"])["promtool"].path
    result = subprocess.run([promtool, "test", "rules", cases], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_has_cases_in_which_it_fires() -> None:
    alerts = {
        rule["alert"]
        for path in (ROOT / "prometheus" / "rules").glob("*.yml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    fired = {
        test["alertname"]
        for path in CASES
        for case in yaml.safe_load(path.read_text())["tests"]
        for test in case["alert_rule_test"]
        if test["exp_alerts"]
    }
    assert alerts == fired
