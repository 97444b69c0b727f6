"""The workflows of GitHub: valid, modest in what they may do, and about things that exist."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackctl.fetch import ensure
from stackctl.paths import ROOT
from stackctl.settings.versions import pinned
from stackctl.test_groups.groups import ALL

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def read(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes `on` for a boolean.
    return {str(key): value for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def lint(*paths: Path) -> subprocess.CompletedProcess[str]:
    actionlint = ensure(["actionlint"])["actionlint"].path
    return subprocess.run(
        [actionlint, "-no-color", *paths], capture_output=True, text=True, cwd=ROOT, timeout=60
    )


def test_actionlint_finds_nothing() -> None:
    assert WORKFLOWS
    assert lint(*WORKFLOWS).stdout == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("matrix.group }}", "matrix.grup }}", 'property "grup" is not defined'),
        ("timeout-minutes: 60", "timeout: 60", 'unexpected key "timeout"'),
        ("ubuntu-24.04", "ubuntu-24.40", 'label "ubuntu-24.40" is unknown'),
        ("fromJSON(", "fromJson(", None),
        ("contains(", "contain(", 'undefined function "contain"'),
    ],
)
def test_a_broken_workflow_is_refused(tmp_path: Path, right: str, wrong: str, said: str | None) -> None:
    broken = tmp_path / "ci.yml"
    broken.write_text((FOLDER / "ci.yml").read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    assert (said or "") in lint(broken).stdout
    assert bool(lint(broken).returncode) == (said is not None)


def test_ci_runs_every_group_of_checks_that_needs_no_images_in_place_of_the_official_ones() -> None:
    """GitHub has the official ones: compose.yml runs on them."""
    groups = [group for group in ALL if group != "containers"]
    assert jobs(FOLDER / "ci.yml")["test"]["strategy"]["matrix"]["group"] == groups


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_ends_in_time_and_leaves_no_token_behind(path: Path) -> None:
    for job in jobs(path).values():
        if "uses" in job:
            continue
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_what_is_audited_is_what_is_built() -> None:
    for build in jobs(FOLDER / "audit.yml")["go"]["strategy"]["matrix"]["include"]:
        go_mod = (ROOT / "backends" / build["folder"] / "go.mod").read_text(encoding="utf-8")
        assert build["packages"] in go_mod


def test_renovate_knows_where_each_pinned_version_comes_from() -> None:
    managers = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))["customManagers"]
    patterns = [text.replace("(?<", "(?P<") for manager in managers for text in manager["matchStrings"]]
    environment = (ROOT / ".env").read_text(encoding="utf-8")
    found = [match for pattern in patterns for match in re.finditer(pattern, environment)]
    assert {match["depName"].lower(): match["currentValue"] for match in found} == pinned()
    assert len(found) == len(pinned())
