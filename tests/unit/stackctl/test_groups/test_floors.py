"""What makes a run fail that tests less than it seems to: floors, and settings of pytest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackctl.paths import ROOT
from stackctl.test_groups import floors
from stackctl.test_groups.groups import GROUPS
from stackctl.test_groups.results import read_counts


def run_pytest(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With the settings of this repository, without plugins that take long; JUnit XML goes to junit.xml."""
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    settings = (
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        folder,
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_timeout",
    )
    report = f"--junit-xml={folder / 'junit.xml'}"
    command = [sys.executable, "-m", "pytest", *map(str, settings), report, *arguments, "test_it.py"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_every_group_of_tests_has_a_floor() -> None:
    numbers = floors.read()
    assert set(numbers) == {name for name, group in GROUPS.items() if group.tests}
    assert min(numbers.values()) > 0


def test_floors_are_raised_and_never_lowered() -> None:
    assert floors.raised({"unit": 5, "rules": 5, "gone": 5}, {"unit": 7, "rules": 3, "new": 1}) == {
        "unit": 7,
        "rules": 5,
        "new": 1,
    }


def test_floors_are_read_as_they_were_written(tmp_path: Path) -> None:
    floors.write({"unit": 7}, tmp_path / "floors.json")
    assert floors.read(tmp_path / "floors.json") == {"unit": 7}


def test_a_parametrised_test_without_cases_is_a_failure(tmp_path: Path) -> None:
    """As with a folder of cases that has been moved."""
    code = (
        "import pathlib, pytest\n"
        "@pytest.mark.parametrize('case', sorted(pathlib.Path('absent').glob('*')))\n"
        "def test_case(case): pass\n"
        "def test_other(): pass\n"
    )
    done = run_pytest(tmp_path, code)
    assert done.returncode != 0
    assert "Empty parameter set in 'test_case'" in done.stdout


def test_tests_that_were_only_collected_do_not_count(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, "def test_it(): pass\n", "--collect-only").returncode == 0
    counts = read_counts(tmp_path / "junit.xml")
    assert counts is None or counts.total == 0


def test_a_test_that_hangs_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    code = "import threading\ndef test_hangs(): threading.Event().wait()\ndef test_next(): pass\n"
    done = run_pytest(tmp_path, code, "--timeout=1")
    assert "1 failed, 1 passed" in done.stdout


def test_every_test_has_a_time_out(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("timeout")) == 300
