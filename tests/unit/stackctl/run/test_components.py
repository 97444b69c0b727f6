"""What the stack consists of, as data."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chassis import service_token
from stackctl import ports
from stackctl.paths import ROOT
from stackctl.run import queues, stack
from stackctl.run.components import Component, Tier
from stackctl.run.service_settings import settings_of
from stackctl.run.services import services
from stackctl.settings import credentials
from stackctl.settings.rollouts import Release, Rollout
from stackctl.settings.saved_options import SavedOptions


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def component(tmp_path: Path) -> Component:
    config = tmp_path / "loki.yaml"
    config.write_text("retention: 24h")
    return Component("loki", ("/bin/loki", f"-config.file={config}"), "http://127.0.0.1:3100/ready", (3100,))


def test_no_name_and_no_port_is_used_twice() -> None:
    components = stack.known_components()
    taken = [port for component in components for port in component.ports]

    assert len({component.name for component in components}) == len(components)
    assert len(set(taken)) == len(taken)


def test_the_gateway_is_stopped_first_then_the_services_behind_it() -> None:
    tiers = {service.name: service.tier for service in services(SavedOptions())}

    assert tiers.pop("gateway") == Tier.GATEWAY
    assert set(tiers.values()) == {Tier.SERVICE}


def test_services_run_in_the_interpreter_that_runs_this() -> None:
    assert {service.argv[0] for service in services(SavedOptions())} == {sys.executable}


def test_orders_is_told_where_those_are_that_it_calls() -> None:
    [orders] = [service for service in services(SavedOptions()) if service.name == "orders"]

    assert orders.env["USERS_URL"] == "http://127.0.0.1:5001"
    assert orders.env["PRODUCTS_URL"] == "http://127.0.0.1:5002"


def test_a_further_instance_shares_the_database_and_has_all_else_of_its_own() -> None:
    both = [
        each for each in services(SavedOptions(scale={"products": 2})) if each.name.startswith("products")
    ]
    first, second = (each.env for each in both)

    assert [each.name for each in both] == ["products", "products-2"]
    assert [each.ports for each in both] == [(5002,), (5102,)]
    assert {name for name in first if first[name] != second[name]} == {
        "OTEL_RESOURCE_ATTRIBUTES",
        "PORT",
        "TELEMETRY_LOG_FILE",
    }
    assert "service.instance.id=products-2" in second["OTEL_RESOURCE_ATTRIBUTES"]
    assert second["TELEMETRY_LOG_FILE"].endswith("/logs/products-2.jsonl")


def test_a_new_version_runs_beside_the_old_one_in_as_many_processes() -> None:
    rollout = Rollout(candidate=Release("2", "/srv/products-2"))
    chosen = SavedOptions(scale={"products": 2}, rollouts={"products": rollout})
    all_of_them = [each for each in services(chosen) if each.name.startswith("products")]
    news = [each for each in all_of_them if "-v2" in each.name]
    olds = [each for each in all_of_them if each not in news]

    assert [(each.name, each.ports) for each in news] == [
        ("products-v2", (5902,)),
        ("products-v2-2", (6002,)),
    ]
    assert {each.env["SERVICE_VERSION"] for each in news} == {"2"}
    assert {str(each.folder) for each in news} == {"/srv/products-2"}
    assert {each.source for each in news} == {"version 2 from /srv/products-2"}
    assert {each.env["DATABASE_URL"] for each in olds} == {each.env["DATABASE_URL"] for each in news}
    assert not any("SERVICE_VERSION" in each.env for each in olds)


def test_a_version_that_was_promoted_runs_where_the_old_one_did() -> None:
    chosen = SavedOptions(rollouts={"products": Rollout(Release("2"))})
    [products] = [each for each in services(chosen) if each.name.startswith("products")]

    assert (products.ports, products.env["SERVICE_VERSION"], products.folder) == ((5002,), "2", ROOT)


def test_a_further_inventory_has_a_grpc_port_of_its_own() -> None:
    [second] = [each for each in services(SavedOptions(scale={"inventory": 2})) if each.name == "inventory-2"]

    assert second.ports == (5105, 50155)
    assert second.env["GRPC_PORT"] == "50155"


@pytest.mark.parametrize("service", ports.SERVICES)
def test_a_service_is_told_what_it_asks_for(service: str) -> None:
    asks = (ROOT / "apps" / service / "settings.py").read_text()
    told = settings_of(service, SavedOptions()).keys() - {"GUNICORN_CMD_ARGS"}
    assert [name for name in told if f'"{name}"' not in asks] == []
    everything = set().union(*(settings_of(other, SavedOptions()) for other in ports.SERVICES))
    assert {name for name in everything if f'"{name}"' in asks} == told


def test_every_queue_of_the_shop_is_looked_at_for_dead_letters() -> None:
    declared = re.findall(
        r'Consumer\(\s*broker,\s*"(\w+)"|^QUEUE: Final = "(\w+)"',
        "\n".join(path.read_text() for path in (ROOT / "apps").rglob("*.py")),
        re.MULTILINE,
    )

    assert {left or right for left, right in declared} == set(queues.QUEUES)


def test_the_queue_that_is_declared_first_listens_to_what_notifications_does() -> None:
    from apps.notifications.events import LISTENS_TO, QUEUE

    assert (QUEUE, *LISTENS_TO) == queues.DECLARED_FIRST


def test_only_those_that_use_a_secret_are_told_it() -> None:
    credentials.make_missing()
    secret = {credentials.read(name) for name in (credentials.JWT_SECRET, credentials.ADMIN_PASSWORD)}
    told = {service.name: secret & set(service.env.values()) for service in services(SavedOptions())}

    assert {name: len(known) for name, known in told.items() if known} == {"gateway": 1, "users": 1}


def test_a_fingerprint_stays_while_nothing_changes(component: Component) -> None:
    assert component.fingerprint() == replace(component, source="PATH").fingerprint()


def test_a_fingerprint_changes_with_a_flag_a_setting_or_a_configuration_file(
    component: Component, tmp_path: Path
) -> None:
    before = component.fingerprint()
    flag = replace(component, argv=(*component.argv, "-verbose")).fingerprint()
    setting = replace(component, env={"GOMEMLIMIT": "1GiB"}).fingerprint()
    (tmp_path / "loki.yaml").write_text("retention: 48h")

    assert len({before, flag, setting, component.fingerprint()}) == 4


def test_services_have_one_token_that_is_made_for_them_and_that_we_show_as_they_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "t" * 32)
    credentials.make_missing()
    made = credentials.read(credentials.SERVICE_TOKEN)
    told = {component.name: component.env["SERVICE_TOKEN"] for component in services(SavedOptions())}
    assert told == dict.fromkeys(ports.SERVICES, made)

    monkeypatch.setenv("SERVICE_TOKEN", made)
    assert credentials.service_headers() == service_token.headers()
