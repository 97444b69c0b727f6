"""The script ./stack on a clone of its own, with a Python that only notes what it is asked to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stackctl.paths import ROOT

# Makes an environment with itself as the interpreter; a file `fail-X` in the clone makes X fail.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> "{clone}/asked"
case "$*" in
    *venv*) mkdir -p "{clone}/.venv/bin" && cp "$0" "{clone}/.venv/bin/python" ;;
    *"pip --version"*) [ -e "{clone}/.venv/pip" ] ;;
    *"pip "*) [ ! -e "{clone}/fail-pip" ] || exit 1
              touch "{clone}/.venv/pip" && cp "{clone}/uv" "{clone}/.venv/bin/uv" ;;
esac
"""
FAKE_UV = """#!/bin/sh
echo "uv $*" >> "{clone}/asked"
[ ! -e "{clone}/fail-uv" ]
"""


class Clone:
    """What the script needs of the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "requirements").mkdir(parents=True)
        for name in ("bootstrap", "run", "test"):
            (folder / "requirements" / f"{name}.txt").write_text(f"{name}==1.0\n")
        shutil.copy(ROOT / "stack", folder)
        self.python = self._write_program("python", FAKE_PYTHON)
        self._write_program("uv", FAKE_UV)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHON": str(self.python)}
        return subprocess.run(
            [self.folder / "stack", *arguments], env=environment, text=True, capture_output=True, timeout=20
        )

    def asked(self) -> list[str]:
        """What the script asked of Python and uv since the last question."""
        notes = self.folder / "asked"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.write_text("")
        return lines

    def breaks(self, what: str) -> None:
        (self.folder / f"fail-{what}").touch()

    def mends(self, what: str) -> None:
        (self.folder / f"fail-{what}").unlink()

    def _write_program(self, name: str, text: str) -> Path:
        program = self.folder / name
        program.write_text(text.format(clone=self.folder))
        program.chmod(0o755)
        return program


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "a clone")


def installs(asked: list[str]) -> list[str]:
    return [Path(line).name for line in asked if line.startswith("uv ")]


def test_the_first_run_installs_and_hands_over(clone: Clone) -> None:
    result = clone.run("status", "--json")

    asked = clone.asked()
    assert result.returncode == 0
    assert installs(asked) == ["run.txt"]
    assert asked[-1] == "-P -m stackctl status --json"


def test_the_second_run_installs_nothing(clone: Clone) -> None:
    clone.run("status")
    clone.asked()

    clone.run("up")

    assert clone.asked() == ["-P -m stackctl up"]


def test_tests_need_more_packages_and_afterwards_all_is_there(clone: Clone) -> None:
    clone.run("status")
    clone.run("test")
    assert installs(clone.asked()) == ["run.txt", "test.txt"]

    clone.run("up")
    clone.run("test", "unit")

    assert clone.asked() == ["-P -m stackctl up", "-P -m stackctl test unit"]


def test_after_tests_on_a_fresh_clone_up_installs_nothing(clone: Clone) -> None:
    clone.run("test")
    clone.asked()

    clone.run("up")

    assert clone.asked() == ["-P -m stackctl up"]


def test_changed_requirements_are_installed(clone: Clone) -> None:
    clone.run("up")
    clone.asked()
    (clone.folder / "requirements" / "run.txt").write_text("run==2.0\n")

    clone.run("up")

    assert installs(clone.asked()) == ["run.txt"]


def test_a_failed_install_says_what_to_do_and_is_resumed(clone: Clone) -> None:
    clone.breaks("pip")
    failed = clone.run("up")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[1:] == [
        "stack: the Python packages could not be installed.",
        "       Is there a way to the Python package index, or does pip know of a mirror (PIP_INDEX_URL)? "
        "Then run the same command again: it goes on from here.",
    ]
    assert "-P -m stackctl up" not in clone.asked()

    clone.mends("pip")
    resumed = clone.run("up")

    assert resumed.returncode == 0
    assert clone.asked()[-1] == "-P -m stackctl up"


def test_an_environment_that_was_cut_short_is_made_anew(clone: Clone) -> None:
    clone.run("up")
    clone.asked()
    (clone.folder / ".venv" / ".installed-run").unlink()
    (clone.folder / ".venv" / "pip").unlink()

    clone.run("up")

    assert any("-m venv --clear" in line for line in clone.asked())


def test_an_interpreter_that_is_gone_is_replaced(clone: Clone) -> None:
    clone.run("up")
    clone.asked()
    (clone.folder / ".venv" / "bin" / "python").unlink()

    assert clone.run("up").returncode == 0
    assert clone.asked()[-1] == "-P -m stackctl up"


def test_where_uv_fails_pip_is_tried(clone: Clone) -> None:
    clone.breaks("uv")

    result = clone.run("up")

    assert result.returncode == 0
    assert "uv could not install them; trying pip" in result.stderr
    assert any(line.startswith("-m pip") and line.endswith("run.txt") for line in clone.asked())


def test_without_python_it_says_which_is_needed(clone: Clone, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "cat", "cksum", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or "")

    result = subprocess.run(
        [clone.folder / "stack", "up"], env={"PATH": str(tools)}, text=True, capture_output=True, timeout=20
    )

    assert result.returncode == 1
    assert "no Python 3.11 or newer with venv was found" in result.stderr
