"""What the engine says of the running containers, beside what docker-compose.yml asks for."""

import json
import re
from typing import Any

import pytest

from stackctl.paths import ROOT
from stackctl.ports import HOST
from tests.containers.running import Stack

# As passwords are made; a long name of a setting is none.
_LONG_SECRET = re.compile(r"(?![a-z_]{43})[A-Za-z0-9_-]{43}")


def megabytes(told: str) -> float:
    """Of `91.9MiB / 128MiB`, what is used."""
    number, unit = re.findall(r"^([0-9.]+)([KM])iB /", told)[0]
    return float(number) / (1024 if unit == "K" else 1)


@pytest.fixture(scope="module")
def containers(stack: Stack) -> dict[str, Any]:
    return {name: stack.inspect(name) for name in stack.services()}


def test_everything_is_well_within_three_and_a_half_gigabytes(
    stack: Stack, containers: dict[str, Any]
) -> None:
    status = stack.status()
    assert status["ready"]
    limits = [container["HostConfig"]["Memory"] for container in containers.values()]
    used = [megabytes(each["memory"]) for each in status["components"] if each["memory"]]
    print(f"{len(limits)} containers, healthy after {stack.seconds_to_healthy:.0f} s;")
    print(f"limits {sum(limits) / 2**20:.0f} MiB; the {len(used)} that stay use {sum(used):.0f} MiB")
    assert min(limits) > 0
    assert sum(limits) <= 3.5 * 2**30  # Grafana alone may have 512 MiB of them


def test_every_container_is_confined(containers: dict[str, Any]) -> None:
    for name, container in containers.items():
        settings = container["HostConfig"]
        assert settings["ReadonlyRootfs"], name
        assert settings["CapDrop"] == ["ALL"] and not settings["CapAdd"], name
        assert "no-new-privileges:true" in settings["SecurityOpt"], name
        assert container["Config"]["User"].split(":")[0] not in ("", "0", "root"), name
        assert settings["NanoCpus"] > 0 and settings["PidsLimit"] > 0, name


def test_ports_are_bound_to_the_loopback_address(containers: dict[str, Any]) -> None:
    bindings = [
        binding
        for container in containers.values()
        for bound in container["HostConfig"]["PortBindings"].values()
        for binding in bound
    ]
    assert bindings
    assert {binding["HostIp"] for binding in bindings} == {HOST}


def test_no_secret_is_in_what_the_engine_tells_of_a_container(containers: dict[str, Any]) -> None:
    for name, container in containers.items():
        told = json.dumps([container["Config"]["Env"], container["Args"]])
        assert _LONG_SECRET.search(told) is None, name


def test_a_service_reads_its_own_secrets_and_no_others(stack: Stack) -> None:
    def reads(service: str, file: str) -> bool:
        return stack.compose("exec", service, "cat", f"/state/secrets/{file}", check=False).returncode == 0

    assert reads("users", "users.env")
    assert not reads("users", "payments.env")
    assert not reads("users", "jwt-secret")
    assert not reads("users", "postgres-password")
    assert not reads("users", "alertmanager-password")


def test_a_service_reaches_no_backend(stack: Stack) -> None:
    code = "import socket; socket.create_connection(('{}', {}), timeout=3)"
    tried = stack.compose("exec", "users", "python", "-c", code.format("loki", 3100), check=False)
    assert tried.returncode != 0 and "gaierror" in tried.stderr
    stack.compose("exec", "users", "python", "-c", code.format("otel-collector", 4318))


def test_grafana_finds_data_sources_and_dashboards_where_it_looks_for_them(stack: Stack) -> None:
    served = "http://127.0.0.1:3000/etc"
    for folder, at in (("grafana/provisioning", "provisioning"), ("dashboards/json", "dashboards")):
        files = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".yml", ".yaml", ".json")]
        assert files
        for path in files:
            fetched = stack.fetch(f"{served}/{at}/{path.relative_to(ROOT / folder)}")
            assert fetched.strip() == path.read_text(encoding="utf-8").strip()
    assert stack.fetch("http://127.0.0.1:3000/data/started")


def test_services_answer_nobody_who_lacks_their_token(stack: Stack) -> None:
    code = "import requests; print(requests.get('http://{}/{}?limit=1', timeout=10).status_code)"
    for service, port in (("users", 5001), ("products", 5002), ("orders", 5003), ("payments", 5004)):
        asked = stack.compose("exec", "gateway", "python", "-c", code.format(f"{service}:{port}", service))
        assert asked.stdout.strip() == "401", service
