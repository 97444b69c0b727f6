"""What answers without credentials is what docs/threat-model.md says, with services' token and without."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from stackctl import ports
from stackctl.paths import ROOT
from stackctl.run.services import environment
from stackctl.settings import credentials
from stackctl.settings.instances import Instance
from stackctl.settings.saved_options import SavedOptions
from tests.integration.gateway.processes import ServiceProcess

TABLE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").split("## Every port")[1]
# A read that needs the database, of each service that has one.
READS = {"users": "/users", "products": "/products", "orders": "/orders", "payments": "/payments"}
ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")


def documented_ports() -> set[int]:
    rows = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| ")][1:]
    return {int(port) for row in rows for port in row.split(",")}


def test_every_port_of_the_stack_is_in_the_table() -> None:
    known = {value for name, value in vars(ports).items() if name.isupper() and isinstance(value, int)}
    console = 8000
    assert (known | set(ports.SERVICES.values())) - {console} <= documented_ports()


@pytest.fixture(params=["none", "as ./stack up makes it"])
def token(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "none":
        return ""
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "state"))
    credentials.make_missing()
    made = environment(Instance("users"), SavedOptions())["SERVICE_TOKEN"]
    assert made
    return made


@pytest.fixture
def services(tmp_path: Path, token: str) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        found = {name: ServiceProcess(name, tmp_path, SERVICE_TOKEN=token) for name in READS}
        for process in found.values():
            process.start()
            stack.callback(process.wait)
            stack.callback(process.kill)
        for process in found.values():
            process.wait_until_ready()
        yield {name: process.url for name, process in found.items()}


def test_a_service_is_as_open_as_the_table_says(services: dict[str, str], token: str) -> None:
    def status(name: str, path: str) -> int:
        return requests.get(services[name] + path, timeout=10).status_code

    assert {status(name, path) for name in services for path in ALWAYS_OPEN} == {200}
    assert {name: status(name, path) for name, path in READS.items()} == dict.fromkeys(
        READS, 401 if token else 200
    )
