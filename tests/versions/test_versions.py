"""The telemetry library's unit tests at the lowest and at the newest versions that pyproject.toml allows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stackctl.paths import ROOT
from tests.environments import new_environment

TOOLS = ("hypothesis", "jsonschema", "pytest", "pytest-timeout")


def pinned_tools() -> list[str]:
    lines = (ROOT / "requirements" / "test.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in TOOLS]


def lowest_or_newest(resolution: str) -> tuple[str, ...]:
    return ("--resolution", resolution, "--requirements", str(ROOT / "pyproject.toml"))


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_what_sends_spans_needs_no_extra(resolution: str, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "environment", *lowest_or_newest(resolution))

    sends = "from glasshouse_telemetry.export.otlp_http import HttpSender"
    subprocess.run([str(python), "-c", sends], cwd=ROOT, check=True)


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_the_unit_tests_pass(resolution: str, tmp_path: Path) -> None:
    """With the library of this checkout: what is installed are the packages that it needs."""
    wanted = (*lowest_or_newest(resolution), "--all-extras", *pinned_tools())
    python = new_environment(tmp_path / "environment", *wanted)
    versions = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "freeze", "--python", str(python)], capture_output=True, text=True
    )
    print(versions.stdout)

    tests = ROOT / "tests" / "unit" / "telemetry"
    # Not the conftest.py of folders above: they need the packages of the shop.
    options = ("-q", "-p", "no:cacheprovider", f"--confcutdir={tests}", f"--basetemp={tmp_path / 'tests'}")
    done = subprocess.run(
        [str(python), "-m", "pytest", *options, str(tests)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    # What the tests write past pytest are lines of JSON.
    said = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("{"))
    assert done.returncode == 0, said[-20_000:] + done.stderr[-5_000:]
