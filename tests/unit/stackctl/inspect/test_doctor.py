"""What the doctor finds, and what it says to do."""

import os
import socket
from pathlib import Path

import pytest

from stackctl.inspect import doctor_checks
from stackctl.inspect.doctor_checks import Level
from stackctl.run.components import Component
from stackctl.run.external_services import PACKAGES


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def test_this_environment_has_the_pinned_packages() -> None:
    assert doctor_checks.packages().level is Level.FINE


def test_a_disk_with_room_is_fine_though_the_folder_is_still_to_be_made(tmp_path: Path) -> None:
    finding = doctor_checks.disk("data", tmp_path / "not" / "yet", 0.0, "GLASSHOUSE_STATE_DIR")

    assert finding.level is Level.FINE
    assert str(tmp_path) in finding.detail


def test_a_disk_that_is_too_small_stops_up_and_another_folder_can_be_named(tmp_path: Path) -> None:
    finding = doctor_checks.disk("building", tmp_path, 1e9, "GLASSHOUSE_CACHE_DIR")

    assert finding.level is Level.STOPS
    assert "GLASSHOUSE_CACHE_DIR=/other/disk ./stack up" in finding.fix


def test_a_taken_port_stops_up_and_its_holder_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        [finding] = doctor_checks.ports([Component("loki", ("/bin/true",), "", (port,))])

    assert finding.level is Level.STOPS
    assert finding.detail.startswith(f"loki: port {port} is held by pid {os.getpid()}")
    assert finding.fix == f"kill {os.getpid()}"


def test_free_ports_are_fine() -> None:
    [finding] = doctor_checks.ports([Component("loki", ("/bin/true",), "", ())])

    assert finding.level is Level.FINE


def test_a_part_that_is_not_installed_is_noted_with_its_package_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PACKAGES, "postgres", ("postgresql", lambda: None))
    finding = next(finding for finding in doctor_checks.parts() if finding.what == "postgres")

    assert finding.level is Level.NOTE
    assert finding.fix == "apt-get install postgresql"
    assert "only ./stack up --with postgres needs it" in finding.detail
