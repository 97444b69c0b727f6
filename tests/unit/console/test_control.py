"""Drills, traffic and verifications from a page: by whom, with what, and what becomes of them."""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from console import create_app
from console.commands import COMMANDS
from console.guard import TOKEN_HEADER
from console.reads import Refused
from console.settings import Settings
from stackctl.drills import active_faults
from stackctl.system.polling import NotYet, poll_until
from tests.unit.console.conftest import HOST

# In place of ./stack: says what it was given; with --rate 999 it waits for Ctrl-C, as traffic does.
STAND_IN = """
import json, os, sys, time
print(json.dumps(sys.argv[1:]), [name for name in os.environ if name.startswith("OTEL_")], flush=True)
try:
    time.sleep(60 if "999" in sys.argv else 0)
except KeyboardInterrupt:
    print("in order", flush=True)
    sys.exit(130)
sys.exit(1 if "--reveal" in sys.argv else 0)
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=console")
    settings = Settings(state=tmp_path, stack=(sys.executable, "-c", STAND_IN))
    with create_app(settings).test_client() as client:
        yield client
        for kind in COMMANDS:
            client.post(f"/api/control/{kind}/stop", base_url=HOST, json={}, headers=own(client))


def shown(client: FlaskClient) -> Any:
    return client.get("/api/control", base_url=HOST).json


def own(client: FlaskClient) -> dict[str, str]:
    """What the console's own page sends along."""
    return {"Origin": HOST, "Sec-Fetch-Site": "same-origin", TOKEN_HEADER: shown(client)["token"]}


def start(client: FlaskClient, kind: str, **options: object) -> int:
    path = f"/api/control/{kind}"
    return client.post(path, base_url=HOST, json=options, headers=own(client)).status_code


def ended(client: FlaskClient, kind: str) -> Mapping[str, Any] | NotYet:
    child: Mapping[str, Any] = shown(client)["children"][kind]
    return child if child["exit_code"] is not None else NotYet(child)


def said(client: FlaskClient, kind: str) -> str | NotYet:
    return str(shown(client)["children"][kind]["output"]) or NotYet("nothing")


def test_a_command_runs_and_is_watched(client: FlaskClient) -> None:
    assert start(client, "drill", name="payments-slow") == 202

    child = poll_until(partial(ended, client, "drill"), "the end of the drill", 30)
    assert child["command"] == "./stack drill payments-slow"
    assert child["exit_code"] == 0
    assert child["output"] == '["drill", "payments-slow"] []\n'


def test_of_long_output_the_last_whole_lines_are_shown(client: FlaskClient, tmp_path: Path) -> None:
    start(client, "drill", name="payments-slow")
    poll_until(partial(ended, client, "drill"), "the end of the drill", 30)
    line = "x" * 99 + "\n"
    (tmp_path / "console" / "drill.log").write_text("first\n" + line * 10_000)

    output = shown(client)["children"]["drill"]["output"]
    assert 100_000 < len(output) <= 200_000
    assert set(output.splitlines()) == {line.strip()}


def test_its_exit_code_is_shown(client: FlaskClient) -> None:
    start(client, "reveal")

    assert poll_until(partial(ended, client, "reveal"), "the end", 30)["exit_code"] == 1


def test_one_of_a_kind_runs_at_a_time_and_ends_as_with_ctrl_c(client: FlaskClient) -> None:
    assert start(client, "traffic", rate="999", duration="60s", seed="1", profile="mixed") == 202
    poll_until(partial(said, client, "traffic"), "its first line", 30)
    assert start(client, "traffic", rate="5") == 409

    client.post("/api/control/traffic/stop", base_url=HOST, json={}, headers=own(client))
    child = poll_until(partial(ended, client, "traffic"), "its end", 30)
    assert child["exit_code"] == 130
    assert child["output"].endswith("in order\n")
    assert start(client, "traffic", rate="5") == 202


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "http://evil.example"),
        ("Origin", "http://127.0.0.1:9999"),
        ("Origin", "https://127.0.0.1:8000"),
        ("Origin", "null"),
        ("Origin", None),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        (TOKEN_HEADER, None),
        (TOKEN_HEADER, "wrong"),
        (TOKEN_HEADER, ""),
        (TOKEN_HEADER, "ü"),
    ],
)
@pytest.mark.parametrize("path", ["/api/control/drill", "/api/control/traffic/stop"])
def test_only_the_own_page_starts_anything(
    client: FlaskClient, path: str, header: str, value: str | None
) -> None:
    headers = {name: text for name, text in (own(client) | {header: value}).items() if text is not None}

    assert client.post(path, base_url=HOST, json={}, headers=headers).status_code == 403
    assert shown(client)["children"] == {}


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.2", "::ffff:10.0.0.7", ""])
def test_nothing_is_started_from_another_machine(client: FlaskClient, address: str) -> None:
    answer = client.post(
        "/api/control/drill",
        base_url=HOST,
        json={},
        headers=own(client),
        environ_base={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["http://console:8000", "http://evil.example"])
def test_nothing_is_started_under_another_name(client: FlaskClient, host: str) -> None:
    headers = own(client) | {"Origin": host}

    assert client.post("/api/control/drill", base_url=host, json={}, headers=headers).status_code in (
        403,
        421,
    )
    assert shown(client)["children"] == {}


def test_a_form_of_another_page_is_no_request_of_ours(client: FlaskClient) -> None:
    answer = client.post("/api/control/drill", base_url=HOST, data={"name": "x"}, headers=own(client))
    assert answer.status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api/control/drill", "/api/prometheus/query", "/"])
def test_there_are_no_other_methods(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method, base_url=HOST, headers=own(client)).status_code == 405


def test_nothing_else_can_be_sent_to(client: FlaskClient) -> None:
    for path in ("/", "/api/prometheus/query", "/api/control"):
        assert client.post(path, base_url=HOST, json={}, headers=own(client)).status_code == 405


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("drill", {"name": "--heal"}),
        ("drill", {"name": "x; rm"}),
        ("drill", {"mode": "compose"}),
        ("drill", {"hide": "yes"}),
        ("heal", {"name": "x"}),
        ("traffic", {"rate": 20}),
        ("traffic", {"rate": "0"}),
        ("traffic", {"rate": "20", "duration": "1h"}),
        ("traffic", {"profile": "-x"}),
        ("verify", {"run": "--json"}),
        ("verify", {"timeout": "1s"}),
    ],
)
def test_what_a_command_does_not_take_is_refused(kind: str, options: Mapping[str, object]) -> None:
    with pytest.raises(Refused):
        COMMANDS[kind].arguments(options)


def test_what_is_no_command_is_not_found(client: FlaskClient) -> None:
    assert start(client, "down") == 404
    assert start(client, "traffic", rate="x") == 400


def test_a_hidden_drill_keeps_its_name_to_itself(client: FlaskClient) -> None:
    active_faults.write(active_faults.ActiveFaults({"payments-slow": {"kind": "flag"}}, hidden=True))
    assert shown(client)["active"]["hidden"]
    assert "payments" not in client.get("/api/control", base_url=HOST).text

    active_faults.write(active_faults.ActiveFaults({"payments-slow": {"kind": "flag"}}))
    assert shown(client)["active"]["drills"] == ["payments-slow"]
    active_faults.clear()
    assert shown(client)["active"] is None


def test_without_a_stack_on_this_machine_nothing_can_be_started() -> None:
    with create_app(Settings()).test_client() as client:
        state = shown(client)
        assert not state["available"] and "--mode compose" in state["why"]
        answer = client.post(
            "/api/control/drill", base_url=HOST, json={}, headers={"Origin": HOST, TOKEN_HEADER: "x"}
        )
        assert answer.status_code == 403


def test_the_drills_are_those_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    with create_app(Settings(state=tmp_path)).test_client() as client:
        found = json.loads(client.get("/api/control/drills", base_url=HOST).text)

    assert {"payments-slow", "products-query-slow"} <= {drill["name"] for drill in found}
    assert all(set(drill) == {"name", "summary", "alert", "minutes"} for drill in found)
