"""What `up` writes about instances is what the gateway and the Collector read."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.gateway import policy
from chassis.registry import parse_registry
from stackctl.settings import discovery
from stackctl.settings.discovery import BEHIND_GATEWAY, registry_file, scrape_file
from stackctl.settings.instances import Instance, instances
from stackctl.settings.rollouts import Release, Rollout

CONSOLE = {"targets": ["127.0.0.1:8000"], "labels": {"job": "console"}}
ONE_EACH = list(instances({}))
TWO_PRODUCTS = list(instances({"products": 2}))

BOTH_VERSIONS = list(instances({}, {"products": "2"}))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


def test_the_gateway_finds_every_service_that_it_forwards_to() -> None:
    discovery.announce(ONE_EACH)

    registry = parse_registry(registry_file().read_text())
    assert registry.keys() == {rule.service for rule in policy.FORWARDED}
    assert {name: versions["v1"].instances for name, versions in registry.items()} == {
        "users": ("http://127.0.0.1:5001",),
        "products": ("http://127.0.0.1:5002",),
        "orders": ("http://127.0.0.1:5003",),
    }


def test_weights_and_versions_that_somebody_has_added_stay() -> None:
    discovery.announce(ONE_EACH)
    registry = json.loads(registry_file().read_text())
    registry["products"]["v1"]["weight"] = 90
    registry["products"]["v2"] = {"weight": 10, "instances": ["http://127.0.0.1:7002"]}
    registry_file().write_text(json.dumps(registry))

    discovery.announce(TWO_PRODUCTS)

    products = json.loads(registry_file().read_text())["products"]
    assert products == {
        "v1": {"weight": 90, "instances": ["http://127.0.0.1:5002", "http://127.0.0.1:5102"]},
        "v2": {"weight": 10, "instances": ["http://127.0.0.1:7002"]},
    }


def test_nothing_is_written_when_nothing_changes() -> None:
    discovery.announce(ONE_EACH)
    before = registry_file().stat(), scrape_file().stat()

    discovery.announce(ONE_EACH)

    assert (registry_file().stat(), scrape_file().stat()) == before


def test_the_collector_is_told_of_further_instances_only_and_of_what_service_they_are() -> None:
    discovery.announce(ONE_EACH)
    assert json.loads(scrape_file().read_text()) == [CONSOLE]

    discovery.announce(TWO_PRODUCTS)
    assert json.loads(scrape_file().read_text()) == [
        CONSOLE,
        {"targets": ["127.0.0.1:5102"], "labels": {"job": "products"}},
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"users": 7}', '{"users": {"v1": 7}}'])
def test_a_file_that_is_no_registry_is_replaced(text: str) -> None:
    registry_file().parent.mkdir()
    registry_file().write_text(text)

    discovery.announce(ONE_EACH)

    assert parse_registry(registry_file().read_text()).keys() == set(BEHIND_GATEWAY)


def products_after(*announced: tuple[list[Instance], Rollout]) -> dict[str, Any]:
    for found, rollout in announced:
        discovery.announce(found, {"products": rollout})
    found_there: dict[str, Any] = json.loads(registry_file().read_text())["products"]
    parse_registry(registry_file().read_text())
    return found_there


def test_a_new_version_gets_its_share_beside_the_old_one() -> None:
    assert products_after((BOTH_VERSIONS, Rollout(candidate=Release("2"), share=10))) == {
        "v1": {"weight": 90, "instances": ["http://127.0.0.1:5002"]},
        "v2": {"weight": 10, "instances": ["http://127.0.0.1:5902"]},
    }
    assert json.loads(scrape_file().read_text()) == [
        CONSOLE,
        {"targets": ["127.0.0.1:5902"], "labels": {"job": "products"}},
    ]


def test_after_a_rollback_nothing_is_left_of_the_new_version() -> None:
    beside = Rollout(candidate=Release("2"), share=10)
    assert products_after(
        (BOTH_VERSIONS, beside),
        (BOTH_VERSIONS, Rollout(candidate=Release("2"), share=0)),
        (ONE_EACH, Rollout()),
    ) == {"v1": {"weight": 100, "instances": ["http://127.0.0.1:5002"]}}


def test_a_version_that_is_promoted_takes_the_place_of_the_old_one() -> None:
    moving = Rollout(Release("2"), Release("2"), 100)
    only_new = [each for each in BOTH_VERSIONS if each.service != "products" or each.candidate]

    assert products_after((only_new, moving)) == {
        "v2": {"weight": 100, "instances": ["http://127.0.0.1:5902"]}
    }
    assert products_after((BOTH_VERSIONS, moving)) == {
        "v2": {"weight": 100, "instances": ["http://127.0.0.1:5002", "http://127.0.0.1:5902"]}
    }
    assert products_after((ONE_EACH, Rollout(Release("2")))) == {
        "v2": {"weight": 100, "instances": ["http://127.0.0.1:5002"]}
    }


def test_who_leaves_gets_no_requests_and_is_scraped_to_the_end() -> None:
    moving = {"products": Rollout(Release("2"), Release("2"), 100)}
    leaving = [each for each in BOTH_VERSIONS if each.candidate]

    discovery.announce(BOTH_VERSIONS, moving, leaving)

    products = json.loads(registry_file().read_text())["products"]
    assert products == {"v2": {"weight": 100, "instances": ["http://127.0.0.1:5002"]}}
    scraped = [target for each in json.loads(scrape_file().read_text()) for target in each["targets"]]
    assert scraped == [*CONSOLE["targets"], "127.0.0.1:5902"]


def test_a_version_none_of_whose_processes_runs_gets_nothing() -> None:
    assert products_after((ONE_EACH, Rollout(candidate=Release("2"), share=50))) == {
        "v1": {"weight": 100, "instances": ["http://127.0.0.1:5002"]}
    }
    only_new = [each for each in BOTH_VERSIONS if each.service != "products" or each.candidate]
    assert products_after((only_new, Rollout(candidate=Release("2"), share=10)))["v2"]["weight"] == 100
