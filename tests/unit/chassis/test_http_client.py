"""A peer is asked where the registry has it at present."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from pydantic import BaseModel

from chassis.errors import UpstreamFailed
from chassis.http_client import HttpClient, Timeouts
from chassis.registry import parse_registry
from chassis.resolver import Registered, at, find
from tests.unit.chassis.fake_servers import FakeServer, fake_server, nobody

OLD, NEW, OTHERWISE = "http://127.0.0.1:5002", "http://127.0.0.1:5902", "http://products:5002"
PATIENT = Timeouts(connect_s=5.0, read_s=10.0)


class HttpResponse(BaseModel):
    ok: bool


def registered(versions: str) -> Registered:
    registry = parse_registry(f'{{"products": {versions}}}')
    return Registered("products", OTHERWISE + "/", lambda: registry, Random(1))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


def test_versions_get_their_shares_of_the_calls_between_services_too() -> None:
    addresses = registered(
        f'{{"v1": {{"weight": 90, "instances": ["{OLD}"]}}, "v2": {{"weight": 10, "instances": ["{NEW}"]}}}}'
    )
    first = Counter(addresses()[0] for _ in range(2000))

    assert 150 < first[NEW] < 250
    assert first[OLD] + first[NEW] == 2000


def test_a_version_without_weight_is_not_asked_and_neither_is_one_without_instance() -> None:
    addresses = registered(
        f'{{"v1": {{"weight": 0, "instances": ["{OLD}"]}}, "v2": {{"instances": ["{NEW}"]}},'
        '"v3": {"instances": []}}'
    )

    assert {tuple(addresses()) for _ in range(50)} == {(NEW,)}


def test_the_second_address_is_another_instance() -> None:
    addresses = registered(f'{{"v1": {{"instances": ["{OLD}", "{NEW}"]}}}}')

    assert {tuple(addresses()) for _ in range(50)} == {(OLD, NEW), (NEW, OLD)}


def test_whom_the_registry_does_not_know_is_at_its_own_address() -> None:
    assert Registered("users", OTHERWISE + "/", lambda: {}, Random(1))() == (OTHERWISE,)
    assert find("users", OTHERWISE, None)() == (OTHERWISE,)


def test_a_registry_file_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_text(f'{{"products": {{"v2": {{"instances": ["{NEW}"]}}}}}}')

    assert find("products", OLD, file)() == (NEW,)


def test_an_instance_that_is_gone_costs_no_call_while_there_is_another(server: FakeServer) -> None:
    with nobody() as gone:
        peer = HttpClient("products", lambda: (gone, server.url), PATIENT)
        assert peer.get("/products", HttpResponse).ok
    peer.close()


def test_when_all_instances_are_gone_the_call_has_failed() -> None:
    with nobody() as gone, pytest.raises(UpstreamFailed):
        peer = HttpClient("products", lambda: (gone, gone), PATIENT)
        peer.get("/products", HttpResponse)
    peer.close()


def test_one_address_is_asked_once(server: FakeServer) -> None:
    peer = HttpClient("products", server.url + "/", PATIENT)

    assert peer.get("/products", HttpResponse).ok
    assert [seen.target for seen in server.seen] == ["/products"]
    assert at(server.url + "/")() == (server.url,)
    peer.close()
