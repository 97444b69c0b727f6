"""Grafana is a component where the version that the dashboards are made for is installed, else a line."""

import configparser
import os
import re
from pathlib import Path

import pytest

from stackctl import fetch, ports
from stackctl.paths import ROOT
from stackctl.run import grafana, stack
from stackctl.settings import credentials
from stackctl.settings.versions import pinned


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any that this machine may have."""
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin" if not Path("/usr/bin/grafana").exists() else "")
    monkeypatch.delenv("GRAFANA_HOME", raising=False)


def unpack(home: Path, version: str) -> Path:
    """What of an official archive matters here."""
    program = home / "bin" / "grafana"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho grafana version {version}\n")
    program.chmod(0o755)
    (home / "conf").mkdir()
    (home / "conf" / "defaults.ini").touch()
    return program


def test_without_it_one_line_says_how_to_get_it() -> None:
    assert grafana.components() == []
    assert fetch.grafana_line().startswith(f"Grafana {pinned()['grafana']} is not here")
    assert "GRAFANA_HOME" in fetch.grafana_line()
    assert "\n" not in fetch.grafana_line()


def test_an_unpacked_archive_is_run_with_what_this_repository_provisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = unpack(tmp_path / "grafana", pinned()["grafana"])
    monkeypatch.setenv("GRAFANA_HOME", str(tmp_path / "grafana"))
    credentials.make_missing(*grafana.credential_names())

    [component] = grafana.components()

    assert component.argv == (
        str(program),
        "server",
        f"--homepath={tmp_path / 'grafana'}",
        f"--config={ROOT / 'grafana' / 'grafana.ini'}",
    )
    assert component.ready_url == "http://127.0.0.1:3000/api/health"
    assert component.env["DASHBOARDS_DIR"] == str(ROOT / "dashboards" / "json")
    assert len(component.env["GRAFANA_ADMIN_PASSWORD"]) > 30
    assert "grafana" in {each.name for each in stack.known_components()}
    assert fetch.grafana_line() == f"Grafana with the dashboards: {ports.url(ports.GRAFANA)}"


def test_one_on_the_path_is_found_with_its_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = unpack(tmp_path / "opt" / "grafana", pinned()["grafana"])
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "grafana").symlink_to(program)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin:/bin")
    [component] = grafana.components()
    assert component.argv[2] == f"--homepath={tmp_path / 'opt' / 'grafana'}"


def test_another_major_version_is_left_alone_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack(tmp_path / "grafana", "9.5.1")
    monkeypatch.setenv("GRAFANA_HOME", str(tmp_path / "grafana"))
    assert grafana.components() == []
    assert fetch.grafana_line().startswith("Grafana 9.5.1 at ")


def test_every_variable_of_its_files_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grafana puts nothing in the place of one that is not."""
    unpack(tmp_path / "grafana", pinned()["grafana"])
    monkeypatch.setenv("GRAFANA_HOME", str(tmp_path / "grafana"))
    [component] = grafana.components()
    files = [grafana.CONFIG, *(ROOT / "grafana" / "provisioning").rglob("*.yml")]
    text = "".join(path.read_text(encoding="utf-8").replace("$$", "") for path in files)
    read = set(re.findall(r"\$\{(\w+)\}", "\n".join(line for line in text.splitlines() if line[:1] != ";")))
    assert read
    assert read <= component.env.keys()


def test_its_settings_let_nobody_change_anything_without_a_password() -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(grafana.CONFIG, encoding="utf-8")
    assert settings["auth.anonymous"]["org_role"] == "Viewer"
    assert settings["security"]["admin_password"] == "${GRAFANA_ADMIN_PASSWORD}"
    assert settings["users"]["allow_sign_up"] == "false"
    assert settings["server"]["http_port"] == str(ports.GRAFANA)
