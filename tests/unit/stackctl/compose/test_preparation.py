"""What containers find before they start, and who may read it."""

import json
import shlex
from pathlib import Path

import pytest

from stackctl import ports
from stackctl.compose.preparation import OPERATOR, group_of, prepare, readers
from stackctl.settings import credentials


class Given:
    """Remembers which group was let in where."""

    def __init__(self) -> None:
        self.groups: dict[str, int] = {}

    def __call__(self, path: Path, group: int) -> None:
        assert path.exists()
        self.groups[path.name] = group


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("GLASSHOUSE_HOSTS", "containers")
    return tmp_path


def settings(state: Path, service: str) -> dict[str, str]:
    lines = (state / "secrets" / f"{service}.env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines)
    return {name: "".join(shlex.split(value)) for name, value in pairs}


def test_every_service_is_told_where_the_others_are(state: Path) -> None:
    prepare(Given())

    assert settings(state, "orders")["USERS_URL"] == "http://users:5001"
    assert settings(state, "orders")["INVENTORY_TARGET"] == "inventory:50055"
    assert settings(state, "notifications")["SMTP_URL"] == "smtp://mail:1025"
    assert settings(state, "users")["BIND_HOST"] == "0.0.0.0"
    assert settings(state, "users")["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://otel-collector:4318"


def test_every_service_has_a_database_and_a_password_of_its_own(state: Path) -> None:
    prepare(Given())

    urls = {settings(state, service)["DATABASE_URL"] for service in ports.SERVICES if service != "gateway"}
    assert len(urls) == len(ports.SERVICES) - 1
    assert all("@postgres:5432/" in url for url in urls)


def test_the_gateway_counts_in_redis_with_the_password_that_redis_demands(state: Path) -> None:
    prepare(Given())

    password = (state / "secrets/redis-password").read_text()
    assert settings(state, "gateway")["RATE_LIMIT_STORAGE"] == f"redis://:{password}@redis:6379"
    assert (state / "secrets/redis.conf").read_text() == f"requirepass {password}\n"


def test_services_show_each_other_one_token(state: Path) -> None:
    prepare(Given())

    token = (state / "secrets/service-token").read_text()
    assert {settings(state, service)["SERVICE_TOKEN"] for service in ports.SERVICES} == {token}
    assert token


def test_passwords_stay_when_it_runs_again(state: Path) -> None:
    prepare(Given())
    before = {path.name: path.read_text() for path in (state / "secrets").iterdir()}
    prepare(Given())

    assert {path.name: path.read_text() for path in (state / "secrets").iterdir()} == before


def test_each_file_goes_to_the_group_of_its_reader_and_the_signing_key_to_nobody(state: Path) -> None:
    given = Given()
    prepare(given)

    assert given.groups == readers()
    assert given.groups["payments.env"] == group_of(5004)
    assert given.groups[credentials.ADMIN_PASSWORD] == OPERATOR
    made = {path.name for path in (state / "secrets").iterdir()}
    assert made - given.groups.keys() == {credentials.JWT_SECRET}


def test_the_gateway_finds_services_by_their_names(state: Path) -> None:
    prepare(Given())

    registry = json.loads((state / "discovery/registry.json").read_text())
    assert registry["orders"]["v1"]["instances"] == ["http://orders:5003"]


@pytest.mark.parametrize(("percent", "sampled"), [("100", False), ("10", True)])
def test_the_collector_samples_only_when_asked(
    state: Path, percent: str, sampled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACES_KEPT_PERCENT", percent)
    prepare(Given())

    assert ("tail_sampling" in (state / "otel-collector/sampling.yaml").read_text()) == sampled
