"""Drills on the stack in containers: what they ask docker to do, and what containers do then."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from proof.ledger.rows import Ledger, Row
from stackctl import ports
from stackctl.cli.main import app
from stackctl.drills import active_faults
from stackctl.drills.alerting import SILENCE, notified, said
from stackctl.drills.catalogue import Expected, catalogue, injection_of, possible
from stackctl.drills.environment import environment
from stackctl.drills.fault_types import KINDS
from stackctl.drills.healing import heal
from stackctl.errors import StackError
from stackctl.settings.modes import enter, typed

PROGRAM = Path(__file__).with_name("fake_docker.py")
SLOW = {"payments-slow": {"kind": "flag", "flag": "payments-slow", "value": {"seconds": 2}}}
NO_MAIL = {"mail-server-down": {"kind": "kill", "component": "mail"}}
NOW = 1_800_000_000.0


@dataclass
class Docker:
    folder: Path

    @property
    def volume(self) -> Path:
        return self.folder / "state"

    @property
    def states(self) -> Mapping[str, str]:
        lines = (self.folder / "containers.jsonl").read_text("utf-8").splitlines()
        return {each["Service"]: each["State"] for each in map(json.loads, lines)}

    @property
    def calls(self) -> Sequence[str]:
        lines = (self.folder / "calls.jsonl").read_text("utf-8").splitlines()
        return [" ".join(json.loads(line)).strip() for line in lines]

    def flags(self) -> Any:
        return json.loads((self.volume / "faults.json").read_text("utf-8"))

    def wrote(self, file: str, **fields: object) -> None:
        with (self.volume / "logs" / file).open("a", encoding="utf-8") as log:
            log.write(json.dumps(fields) + "\n")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """All of alerting but Prometheus runs: nothing answers on its port in these tests."""
    docker = Docker(tmp_path / "docker")
    (docker.volume / "logs").mkdir(parents=True)
    services = {"mail": "running", "loki": "running", "alertmanager": "running", "prometheus": "exited"}
    known = [
        {"Service": name, "Name": f"glasshouse-{name}-1", "State": state} for name, state in services.items()
    ]
    (docker.folder / "containers.jsonl").write_text("\n".join(map(json.dumps, known)) + "\n", "utf-8")
    (docker.folder / "docker").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PROGRAM}" "$@"\n', "utf-8")
    (docker.folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(docker.folder), prepend=os.pathsep)
    monkeypatch.setenv("FAKE_DOCKER", str(docker.folder))
    monkeypatch.setenv("FAKE_FIRST_PROCESS", str(os.getpid()))
    monkeypatch.setenv("GLASSHOUSE_MODE", "compose")
    monkeypatch.setattr(ports, "HOST", "127.255.255.254")  # where no stack listens that runs beside the tests
    return docker


def row(number: int, status: int) -> Row:
    of_client = {"kind": "user_get", "client": "c", "trace_id": "t", "span_id": "s", "request_id": "r"}
    of_request = {"method": "GET", "path": "/", "route": "/", "intended_at": NOW, "sent_at": NOW}
    of_answer = {"done_at": NOW + 1, "status": status, "created_id": None, "error": None, "latency_ms": 3.0}
    return Row(n=number, expected_statuses=(200,), **of_client, **of_request, **of_answer)  # type: ignore[arg-type]


def test_a_flag_is_switched_in_the_volume_and_what_stands_there_by_hand_stays(docker: Docker) -> None:
    (docker.volume / "faults.json").write_text('{"by-hand": {"state": "on"}}', "utf-8")
    injection = injection_of(SLOW["payments-slow"])
    injection.inject("payments-slow", owner=None)
    assert docker.flags()["payments-slow"]["value"] == {"seconds": 2}
    injection.undo("payments-slow")
    injection.undo("payments-slow")
    assert docker.flags() == {"by-hand": {"state": "on"}}


def test_what_a_container_fails_to_do_is_said_and_can_be_tried_again(docker: Docker) -> None:
    (docker.volume / "faults.json").mkdir()
    active_faults.write(active_faults.ActiveFaults(SLOW))
    with pytest.raises(StackError, match="payments-slow: docker compose run fails") as raised:
        heal()
    assert raised.value.hint == "Try it again: ./stack drill --heal --mode compose"
    assert active_faults.read() is not None


def test_a_container_that_is_killed_stays_dead_until_it_is_healed(docker: Docker) -> None:
    active_faults.write(active_faults.ActiveFaults(NO_MAIL))
    injection_of(NO_MAIL["mail-server-down"]).inject("mail-server-down", owner=None)
    assert docker.states["mail"] == "exited"
    environment().start(heal())
    assert docker.states["mail"] == "running"
    assert "compose" in docker.calls[-1] and docker.calls[-1].endswith("up --detach --wait --no-deps mail")


def test_another_profile_makes_anew_what_runs_and_leaves_dead_what_a_drill_has_killed(docker: Docker) -> None:
    assert environment().use_profile("demo")
    assert docker.states["prometheus"] == "exited"
    assert docker.calls[-1].startswith("demo compose")
    assert docker.calls[-1].endswith("up --detach --wait --no-deps alertmanager loki")


def test_the_requests_of_its_traffic_are_known_while_it_goes_on_and_it_is_ended_in_order(
    docker: Docker,
) -> None:
    folder = docker.volume / "runs" / "20270115-080000-ab12"
    folder.mkdir(parents=True)
    with Ledger(folder / "ledger.jsonl") as ledger:
        ledger.append(row(1, 200))
        with environment().sent(20) as traffic:
            ledger.append(row(2, 503))
            assert [(each.n, each.as_expected) for each in traffic.rows()] == [(1, True), (2, False)]
            assert "stack" in docker.states
    assert "stack" not in docker.states
    ended = [call.split()[0] for call in docker.calls[-3:]]
    assert ended == ["kill", "inspect", "rm"]


def test_what_notifications_has_written_of_alerts_is_found_after_a_rotation_too(docker: Docker) -> None:
    told = {"alert.name": "EmailsFailing", "alert.service": None, "alert.status": "firing"}
    then, later = "2027-01-15T08:00:01Z", "2027-01-15T08:00:09Z"
    docker.wrote("notifications.jsonl.1", timestamp=then, message="alert firing", **told)
    docker.wrote("notifications.jsonl", timestamp=then, message="POST /alerts 204")
    docker.wrote("notifications.jsonl", timestamp=later, message=f"{SILENCE} from alerting")
    assert notified(Expected("EmailsFailing", {}), NOW) is None  # without its traffic nobody can be asked
    with Ledger(docker.volume / "ledger.jsonl") as ledger:
        ledger.append(row(1, 200))
        with environment().sent(20):
            assert notified(Expected("EmailsFailing", {}), NOW) == NOW + 1
            assert said(SILENCE, NOW) == NOW + 9
            assert "POST" not in environment().alert_lines()


def test_alertmanagers_login_is_read_in_its_container(docker: Docker) -> None:
    (docker.folder / "secrets").mkdir()
    (docker.folder / "secrets" / "alertmanager-authorization").write_text("YWRtaW46c2VjcmV0")
    assert environment().alertmanager_header() == "Basic YWRtaW46c2VjcmV0"


def test_dashboards_are_told_by_a_line_in_the_volume_of_logs(docker: Docker) -> None:
    environment().annotate("drill.injected", 'it\'s "hidden"', **{"drill.name": "x"})
    [line] = (docker.volume / "logs" / "stackctl.jsonl").read_text("utf-8").splitlines()
    fields = json.loads(line)
    assert (fields["event.name"], fields["message"]) == ("drill.injected", 'drill.injected it\'s "hidden"')


def test_every_kind_of_fault_can_be_injected_or_it_is_known_why_not(docker: Docker) -> None:
    obstacles = {kind for kind in KINDS if environment().obstacle({"kind": kind})}
    assert obstacles == {"lock", "index", "disk"}
    assert environment().kinds.keys() == KINDS.keys() - obstacles


def test_only_what_can_be_had_is_listed_and_another_is_refused_in_a_line(docker: Docker) -> None:
    impossible = {"disk-filling", "database-locked", "products-query-slow", "memory-leak"}
    assert {drill.name for drill in possible()} == catalogue().keys() - impossible
    refused = CliRunner().invoke(app, ["drill", "memory-leak", "--mode", "compose"])
    assert (refused.exit_code, "more memory than its container" in refused.output) == (1, True)
    assert not (docker.folder / "calls.jsonl").exists()


def test_taking_the_containers_down_heals_first(docker: Docker, state: Path) -> None:
    apart = state / "containers" / "drills"
    apart.mkdir(parents=True)
    (apart / "active.json").write_text(json.dumps({"drills": SLOW, "since": time.time()}), "utf-8")
    injection_of(SLOW["payments-slow"]).inject("payments-slow", owner=None)
    CliRunner().invoke(app, ["down", "--mode", "compose"])
    assert not (docker.volume / "faults.json").exists()
    assert docker.calls[-1].endswith(" down")


def test_in_a_container_no_drill_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_HOSTS", "containers")
    refused = CliRunner().invoke(app, ["drill", "--list"])
    assert (refused.exit_code, "--mode compose" in refused.output) == (1, True)


def test_commands_are_told_as_they_are_to_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_MODE", "native")
    assert typed("./stack drill --heal") == "./stack drill --heal"
    enter("compose")
    assert typed("./stack drill --heal") == "./stack drill --heal --mode compose"
