"""The registry of services is checked as a whole, and followed while its file changes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from chassis.registry import InvalidRegistry, RegistryFile, Version, parse_registry
from glasshouse_telemetry.testing import capture_logs
from tests.unit.chassis.fake_clock import FakeClock

V1 = {"weight": 90, "instances": ["http://products:5002"]}
V2 = {"weight": 10, "instances": ["http://products-v2:5002", "http://[::1]:5102"]}


def registry_of(**services: Any) -> str:
    return json.dumps(services)


def valid() -> float | None:
    return REGISTRY.get_sample_value("service_registry_last_reload_successful")


def test_versions_have_weights_and_instances() -> None:
    registry = parse_registry(registry_of(products={"v1": V1, "v2": V2}))
    assert registry == {
        "products": {
            "v1": Version(weight=90, instances=("http://products:5002",)),
            "v2": Version(weight=10, instances=("http://products-v2:5002", "http://[::1]:5102")),
        }
    }


def test_the_same_can_be_written_in_yaml() -> None:
    text = "products:\n  v1: {weight: 90, instances: ['http://products:5002']}\n"
    assert parse_registry(text, as_yaml=True) == parse_registry(registry_of(products={"v1": V1}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Expecting value"),
        ("[]", "valid dictionary"),
        ("[" * 100_000, "recursion"),
        (registry_of(products=[]), "products"),
        (registry_of(products={}), "no version has both a weight and an instance"),
        (registry_of(products={"v1": V1 | {"weight": 0}}), "no version has both"),
        (registry_of(products={"v1": V1 | {"instances": []}}), "no version has both"),
        (registry_of(products={"v1": V1 | {"weight": -1}}), "products.v1.weight"),
        (registry_of(products={"v1": V1 | {"weight": float("nan")}}), "products.v1.weight"),
        (registry_of(products={"v1": V1 | {"weight": float("inf")}}), "products.v1.weight"),
        (registry_of(products={"v1": V1 | {"wieght": 1}}), "products.v1.wieght"),
        (registry_of(products={"v1": V1 | {"instances": ["http://a:1", "http://a:1"]}}), "named twice"),
        (registry_of(products={f"v{number}": V1 for number in range(9)}), "at most 8"),
        (registry_of(products={"v 1": V1}), "products.v 1"),
        (registry_of(**{"../products": {"v1": V1}}), "../products"),
        *(
            (registry_of(products={"v1": V1 | {"instances": [url]}}), "products.v1.instances.0")
            for url in (
                "products:5002",
                "ftp://a",
                "http://a/path",
                "http://u:p@a",
                "http://a?b",
                "http://a\n",
            )
        ),
    ],
)
def test_what_is_no_registry_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(InvalidRegistry, match=complaint.replace(".", r"\.")):
        parse_registry(text)


def test_a_registry_that_is_refused_shows_no_password() -> None:
    with pytest.raises(InvalidRegistry) as refusal:
        parse_registry(registry_of(products={"v1": V1 | {"instances": ["http://user:secret@host"]}}))
    assert "secret" not in str(refusal.value)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "registry.json"
    path.write_text(registry_of(products={"v1": V1}))
    return path


def replace(path: Path, text: str) -> None:
    """As careful writers do it: nobody ever sees half of it."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def test_a_change_is_seen_after_a_second(path: Path, clock: FakeClock) -> None:
    file = RegistryFile(path, clock)
    before = file.current()
    replace(path, registry_of(products={"v1": V1, "v2": V2}))
    clock.now += 0.9
    assert file.current() is before
    clock.now += 0.2
    after = file.current()
    assert set(after["products"]) == {"v1", "v2"}
    clock.now += 10
    assert file.current() is after


def test_a_file_that_does_not_change_is_not_read_again(path: Path, clock: FakeClock) -> None:
    file = RegistryFile(path, clock)
    before = file.current()
    clock.now += 10
    assert file.current() is before


def test_a_broken_file_leaves_the_last_good_one_and_is_told_once(path: Path, clock: FakeClock) -> None:
    file = RegistryFile(path, clock)
    before = file.current()
    assert valid() == 1
    replace(path, "{")
    with capture_logs() as lines:
        for _ in range(5):
            clock.now += 2
            assert file.current() is before
    assert valid() == 0
    assert [line["severity"] for line in lines] == ["ERROR"]
    assert "Expecting property name" in lines[0]["registry.problem"]

    replace(path, registry_of(products={"v2": V2}))
    clock.now += 2
    assert set(file.current()["products"]) == {"v2"}
    assert valid() == 1


def test_a_file_that_is_away_for_a_while_changes_nothing(path: Path, clock: FakeClock) -> None:
    file = RegistryFile(path, clock)
    before = file.current()
    away = path.rename(path.with_suffix(".away"))
    with capture_logs() as lines:
        for _ in range(3):
            clock.now += 2
            assert file.current() is before
    assert (valid(), len(lines)) == (0, 1)
    away.rename(path)
    clock.now += 2
    assert file.current() == before
    assert valid() == 1


def test_bytes_that_are_no_text_are_a_broken_file(path: Path, clock: FakeClock) -> None:
    file = RegistryFile(path, clock)
    before = file.current()
    path.write_bytes(b"\xff\xfe{}")
    clock.now += 2
    assert file.current() is before
    assert valid() == 0


def test_without_a_good_file_at_the_start_there_is_no_start(path: Path) -> None:
    path.write_text("{}{")
    with pytest.raises(InvalidRegistry):
        RegistryFile(path)
    os.unlink(path)
    with pytest.raises(FileNotFoundError):
        RegistryFile(path)
