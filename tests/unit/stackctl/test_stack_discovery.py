"""The registry that `up` writes is what the gateway reads."""

import json
from pathlib import Path

import pytest

from apps.gateway import policy
from chassis.registry import parse_registry
from stackctl import discovery
from stackctl.discovery import BEHIND_GATEWAY, registry_file

HERE = {name: [f"http://127.0.0.1:{5000 + number}"] for number, name in enumerate(BEHIND_GATEWAY)}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def test_the_gateway_finds_every_service_that_it_forwards_to() -> None:
    discovery.announce(HERE)

    registry = parse_registry(registry_file().read_text())
    assert registry.keys() == {rule.service for rule in policy.FORWARDED}
    assert {name: list(versions["v1"].instances) for name, versions in registry.items()} == HERE


def test_weights_and_versions_that_somebody_has_added_stay() -> None:
    discovery.announce(HERE)
    registry = json.loads(registry_file().read_text())
    registry["products"]["v1"]["weight"] = 90
    registry["products"]["v2"] = {"weight": 10, "instances": ["http://127.0.0.1:7002"]}
    registry_file().write_text(json.dumps(registry))

    discovery.announce({**HERE, "products": ["http://127.0.0.1:5002", "http://127.0.0.1:5102"]})

    products = json.loads(registry_file().read_text())["products"]
    assert products == {
        "v1": {"weight": 90, "instances": ["http://127.0.0.1:5002", "http://127.0.0.1:5102"]},
        "v2": {"weight": 10, "instances": ["http://127.0.0.1:7002"]},
    }


def test_nothing_is_written_when_nothing_changes() -> None:
    discovery.announce(HERE)
    before = registry_file().stat()

    discovery.announce(HERE)

    assert registry_file().stat() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"users": 7}', '{"users": {"v1": 7}}'])
def test_a_file_that_is_no_registry_is_replaced(text: str) -> None:
    registry_file().parent.mkdir()
    registry_file().write_text(text)

    discovery.announce(HERE)

    assert parse_registry(registry_file().read_text()).keys() == set(BEHIND_GATEWAY)
