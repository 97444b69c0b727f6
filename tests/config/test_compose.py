"""What docker-compose.yml promises, and that it tells its containers what ./stack tells its processes."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.build import ALERTMANAGER, LOKI_RULES, PROMETHEUS_RULES
from alerts.profiles import PROFILES
from stackctl import ports
from stackctl.compose import preparation
from stackctl.fetch import Program
from stackctl.paths import ROOT
from stackctl.run import alert_profiles, backends, external_services, rabbitmq
from stackctl.run.components import Component
from stackctl.settings import alertmanager_login, credentials
from stackctl.settings.saved_options import POSTGRES
from stackctl.settings.versions import settings

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
ONCE = {name for name, service in SERVICES.items() if service["restart"] == "no"}
GO = ("otel-collector", "prometheus", "alertmanager", "loki", "jaeger", "grafana")

_UNITS = {"m": 2**20, "MiB": 2**20, "g": 2**30}


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]


def published(service: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    external_services = (port.split(":") for port in service.get("ports", ()))
    return [(host, int(outside), int(inside)) for host, outside, inside in external_services]


def test_the_file_can_be_read_in_one_go() -> None:
    assert len(TEXT.splitlines()) < 250


def test_all_containers_together_may_take_three_and_a_half_gigabytes_with_traffic() -> None:
    assert (
        sum(size(service["mem_limit"]) for name, service in SERVICES.items() if name != "stack")
        <= 3.5 * 2**30
    )


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cpus"] <= 1
    assert service["pids_limit"] > 0
    assert service["stop_grace_period"]
    assert service.get("network_mode", "none") == "none"
    assert not [volume for volume in service.get("volumes", ()) if "docker.sock" in volume]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root(name: str) -> None:
    user = SERVICES[name].get("user") or _user_of_the_shop()
    assert user.split(":")[0].isdigit() and user.split(":")[0] != "0"


def _user_of_the_shop() -> str:
    last = re.findall(r"^USER (\S+)$", (ROOT / "apps/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    return str(last[-1])


@pytest.mark.parametrize("name", GO)
def test_go_programs_collect_garbage_before_they_are_killed(name: str) -> None:
    limit, soft = size(SERVICES[name]["mem_limit"]), size(SERVICES[name]["environment"]["GOMEMLIMIT"])
    assert 0.6 * limit <= soft <= 0.9 * limit


def test_the_collector_refuses_before_its_container_is_full() -> None:
    collector = SERVICES["otel-collector"]
    assert int(collector["environment"]["OTELCOL_MEMORY_LIMIT_MIB"]) * 2**20 < 0.9 * size(
        collector["mem_limit"]
    )


def test_ports_are_those_of_the_native_stack_and_on_the_loopback_address_alone() -> None:
    known = {value for value in vars(ports).values() if isinstance(value, int)} | set(ports.SERVICES.values())
    all_published = [port for service in SERVICES.values() for port in published(service)]
    assert len({outside for _, outside, _ in all_published}) == len(all_published)
    for host, outside, inside in all_published:
        assert host == ports.HOST
        assert outside == inside
        assert outside in known


def test_seen_from_a_container_everybody_is_where_the_file_puts_him(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_HOSTS", "containers")
    for name, service in SERVICES.items():
        for _, _, port in published(service):
            if port != ports.LOKI_GRPC:
                assert ports.host(port) == name
    assert {ports.host(port) for port in (ports.POSTGRES, ports.RABBITMQ, ports.REDIS)} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_versions_stand_in_the_table_of_versions(name: str) -> None:
    repository, tag = SERVICES[name]["image"].split(":", 1)
    if repository == "glasshouse/shop":
        return
    variable = re.search(r"\$\{(\w+)\}", tag)
    assert variable and variable[1] in settings()


def test_the_image_of_the_shop_has_the_python_of_the_table() -> None:
    default = re.search(r"^ARG PYTHON_VERSION=(.+)$", (ROOT / "apps/Dockerfile").read_text(), re.MULTILINE)
    assert default and default[1] == settings()["PYTHON_VERSION"]


@pytest.mark.parametrize("name", SERVICES)
def test_everything_that_runs_on_has_a_health_check_or_is_waited_for(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE or name == "traffic":
        return
    waited = " ".join(SERVICES["telemetry-ready"]["command"])
    of_its_image = service["image"].startswith("glasshouse/shop")
    assert "healthcheck" in service or of_its_image or f"http://{name}:" in waited


def test_a_secret_is_read_by_those_alone_whose_group_may() -> None:
    may_read = set(preparation.readers().values())
    groups = {name: set(map(int, service.get("group_add", ()))) for name, service in SERVICES.items()}
    assert groups.pop("prepare") == may_read
    assert set().union(*groups.values()) == may_read
    for service, port in ports.SERVICES.items():
        members = {name for name, group in groups.items() if preparation.group_of(port) in group}
        assert members == {service}


def test_alertmanagers_login_is_read_by_those_that_talk_to_it() -> None:
    group = preparation.group_of(ports.ALERTMANAGER)
    files = {name for name, reader in preparation.readers().items() if reader == group}
    assert files == {"alertmanager-password", "alertmanager-authorization", "alertmanager-web.yml"}
    members = {name for name, service in SERVICES.items() if str(group) in service.get("group_add", ())}
    talking = {"alertmanager", "prometheus", "loki", "otel-collector", "grafana", "stack", "traffic"}
    assert members == {"prepare"} | talking
    for name in talking:
        assert any(volume.startswith("secrets:") for volume in SERVICES[name]["volumes"]), name


def test_secrets_are_written_by_one_container_alone() -> None:
    writers = {
        name
        for name, service in SERVICES.items()
        for volume in service.get("volumes", ())
        if volume.startswith("secrets:") and not volume.endswith(":ro")
    }
    assert writers == {"prepare"}


def test_rabbitmq_soon_retries_what_a_crash_held_up() -> None:
    arguments = SERVICES["rabbitmq"]["environment"]["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
    assert rabbitmq.DEAD_LETTERS_AGAIN_AFTER in arguments


def test_no_password_stands_in_the_file() -> None:
    named = {
        key
        for service in SERVICES.values()
        for key in service.get("environment", {})
        if re.search("PASS|SECRET|TOKEN", key) and not key.endswith("_FILE")
    }
    assert named == set()


def test_the_databases_are_reached_by_services_alone() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert [
        name
        for name, service in SERVICES.items()
        if service.get("networks") == ["data"] and "ports" in service
    ] == []
    inside = {name for name, service in SERVICES.items() if "data" in service.get("networks", ())}
    others = {"postgres", "rabbitmq", "redis", "databases", "stack", "traffic"}
    assert inside == {*ports.SERVICES} | others


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "loki", "jaeger", "otel-collector"])
def test_backends_are_started_with_the_flags_of_the_native_ones(name: str) -> None:
    assert flags(SERVICES[name]["command"]) >= flags(native()[name].argv[1:])


def native() -> dict[str, Component]:
    programs = {each: Program(each, Path("/bin/true"), "test", "0") for each in backends.PROGRAMS}
    return {component.name: component for component in backends.backends(programs)}


def flags(arguments: Any) -> set[str]:
    """Paths and addresses may differ."""
    named = {re.sub(r"=.*/.*|=[\d.]+:\d+$", "", argument) for argument in arguments}
    return {flag for flag in named if flag.startswith("-") and flag != "--web.listen-address"}


@pytest.mark.parametrize("profile", PROFILES)
def test_alerting_is_as_patient_as_the_profile_says(profile: str) -> None:
    """What three backends read when ALERTS_PROFILE names it, as compose reads the file."""
    services = yaml.safe_load(TEXT.replace("${ALERTS_PROFILE}", profile))["services"]
    rules = next(v for v in services["prometheus"]["volumes"] if v.endswith(":/etc/prometheus/rules:ro"))
    config = services["alertmanager"]["command"][0]
    read = {
        rules.removeprefix("./").partition(":")[0],
        services["loki"]["environment"]["LOKI_RULES_DIR"].replace("/etc/loki/", "loki/") + "/fake",
        config.replace("--config.file=/etc/alertmanager/", "alertmanager/"),
    }
    of_profile = [files[PROFILES[profile]] for files in (PROMETHEUS_RULES, LOKI_RULES, ALERTMANAGER)]
    assert read == {str(path) for path in of_profile}
    assert all((ROOT / path).exists() for path in of_profile)


def test_postgresql_has_the_settings_of_the_native_one() -> None:
    command = SERVICES[POSTGRES]["command"]
    chosen = dict(option.split("=") for option in command if "=" in option)
    assert chosen == external_services.POSTGRES_SETTINGS


def test_the_builder_is_sent_what_the_image_is_made_of() -> None:
    copied = re.findall(r"^COPY ([^-\s]\S*) ", (ROOT / "apps/Dockerfile").read_text(), re.MULTILINE)
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == sent


def test_the_image_has_every_package_that_its_programs_import() -> None:
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    copied = set(re.findall(r"^COPY (\w+) ", (ROOT / "apps/Dockerfile").read_text(), re.MULTILINE))
    imported = {
        match
        for folder in copied & ours
        for path in (ROOT / folder).rglob("*.py")
        for match in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert imported & ours <= copied


def test_prometheus_finds_alertmanagers_password_in_both_modes() -> None:
    """It looks for it from where its own file is."""
    config = yaml.safe_load((ROOT / "prometheus/prometheus.yml").read_text())
    login = config["alerting"]["alertmanagers"][0]["basic_auth"]
    assert login["username"] == alertmanager_login.USER
    here = alert_profiles.prometheus_config().parent / login["password_file"]
    assert os.path.normpath(here) == str(credentials.file(alertmanager_login.PASSWORD))
    inside = os.path.normpath(f"/etc/prometheus/{login['password_file']}")
    assert inside == f"/secrets/{alertmanager_login.PASSWORD}"
    assert "secrets:/secrets:ro" in SERVICES["prometheus"]["volumes"]


def test_alertmanager_has_an_address_in_both_modes() -> None:
    [native_target] = yaml.safe_load((ROOT / "prometheus/targets/alertmanager.yml").read_text())
    [target] = yaml.safe_load((ROOT / "prometheus/targets-compose/alertmanager.yml").read_text())
    assert native_target["targets"] == [f"{ports.HOST}:{ports.ALERTMANAGER}"]
    assert target["targets"] == [f"alertmanager:{ports.ALERTMANAGER}"]
