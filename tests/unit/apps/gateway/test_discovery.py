"""Where requests go: by weight and to instances that are well, as the registry has them at the time."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import enumerate as threads

import pytest
from flask import Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps.gateway.settings import Settings
from apps.gateway.upstreams import Upstreams, opener
from chassis.errors import UpstreamFailed
from chassis.registry import Registry, Version
from chassis.service import resolve
from chassis.transport import Call
from glasshouse_telemetry.testing import capture_metrics
from stackctl.system.polling import poll_until
from tests.unit.apps.gateway.conftest import OpenGateway
from tests.unit.chassis.fake_servers import FakeServer, fake_server, nobody

Start = Callable[..., FakeServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Servers that say who they are."""
    with ExitStack() as stack:

        def started(name: str) -> FakeServer:
            return stack.enter_context(fake_server(lambda: Response(name)))

        yield started


def version(*servers: FakeServer, weight: float = 100) -> Version:
    return Version(weight=weight, instances=tuple(server.url for server in servers))


def answers(client: FlaskClient, times: int) -> Counter[str]:
    return Counter(client.get("/products").text for _ in range(times))


def write(path: Path, **versions: Version) -> None:
    path.write_text(json.dumps({"products": {name: each.model_dump() for name, each in versions.items()}}))


def test_instances_share_the_requests(open_gateway: OpenGateway, start: Start) -> None:
    services = {"products": {"v1": version(start("a"), start("b"))}}
    assert answers(open_gateway(services=services).test_client(), 20) == {"a": 10, "b": 10}


def test_versions_share_the_requests_by_weight(open_gateway: OpenGateway, start: Start) -> None:
    services = {"products": {"v1": version(start("old"), weight=80), "v2": version(start("new"), weight=20)}}
    found = answers(open_gateway(services=services).test_client(), 200)
    # Five standard deviations of a binomial distribution: 5 x sqrt(200 x 0.2 x 0.8).
    assert abs(found["new"] - 40) <= 28


def test_a_version_without_weight_waits_for_its_turn(open_gateway: OpenGateway, start: Start) -> None:
    services = {"products": {"blue": version(start("blue")), "green": version(start("green"), weight=0)}}
    assert answers(open_gateway(services=services).test_client(), 20) == {"blue": 20}


def test_an_instance_that_is_gone_costs_nobody_a_request(open_gateway: OpenGateway, start: Start) -> None:
    with nobody() as url:
        services = {"products": {"v1": Version(instances=(url, start("b").url))}}
        client = open_gateway(services=services).test_client()
        assert answers(client, 10) == {"b": 10}
        with capture_metrics() as metrics:
            assert metrics.value("gateway_instances_healthy", service="products") == 1
            assert metrics.value("gateway_instances", service="products") == 2


def test_an_instance_that_is_not_ready_is_left_out_until_it_is(
    open_gateway: OpenGateway, start: Start
) -> None:
    first, second = start("a"), start("b")
    app = open_gateway(services={"products": {"v1": version(first, second)}}, health_check_interval_s=0.02)
    first.ready = False
    client = app.test_client()
    client.get("/products")
    instance, _ = resolve(Upstreams, app).instances()
    poll_until(lambda: not instance.healthy, "the instance to be taken out", interval=0.01)
    assert answers(client, 10) == {"b": 10}
    first.ready = True
    poll_until(lambda: instance.healthy, "the instance to be put back", interval=0.01)
    assert answers(client, 10) == {"a": 5, "b": 5}


def test_no_thread_is_started_before_the_first_request(open_gateway: OpenGateway) -> None:
    before = set(threads())

    def checkers() -> list[str]:
        return [thread.name for thread in set(threads()) - before if thread.name == "health-checks"]

    client = open_gateway().test_client()
    client.get("/healthz")
    assert checkers() == []
    client.get("/products")
    assert checkers() == ["health-checks"]


def test_a_registry_file_that_changes_is_followed_without_a_failed_request(
    open_gateway: OpenGateway, start: Start, tmp_path: Path
) -> None:
    blue, green, path = start("blue"), start("green"), tmp_path / "registry.json"
    write(path, v1=version(blue))
    client = open_gateway(registry_file=path).test_client()
    assert answers(client, 5) == {"blue": 5}
    path.write_text("{ broken")
    assert answers(client, 5) == {"blue": 5}
    write(path, v1=version(blue, weight=0), v2=version(green))
    found: list[TestResponse] = []

    def is_green() -> bool:
        found.append(client.get("/products"))
        return found[-1].text == "green"

    poll_until(is_green, "the switch to green", interval=0.01)
    assert {answer.status_code for answer in found} == {200}
    assert answers(client, 5) == {"green": 5}


class SettableRegistry:
    """Says what it is told to, at once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __call__(self) -> Registry:
        return self.registry


def open_upstreams(registry: SettableRegistry) -> Upstreams:
    return Upstreams(registry, opener(Settings(("k" * 32,))), lambda url: True, 60)


def test_services_and_versions_come_and_go_with_their_series(start: Start) -> None:
    old, new = start("old"), start("new")
    registry = SettableRegistry({"products": {"v1": version(old)}})
    upstreams = open_upstreams(registry)
    with capture_metrics() as metrics:
        upstreams.send("products", Call("GET", "/"))
        assert (
            metrics.increase("gateway_requests_total", service="products", version="v1", outcome="2xx") == 1
        )
        registry.registry = {"products": {"v1": version(old, weight=1), "v2": version(new, weight=3)}}
        list(upstreams.instances())
        assert metrics.value("gateway_version_weight", service="products", version="v2") == 3
        registry.registry = {"products": {"v2": version(new)}, "users": {"v1": version(old)}}
        assert upstreams.send("products", Call("GET", "/")).body == b"new"
        assert upstreams.send("users", Call("GET", "/")).body == b"old"
        assert metrics.value("gateway_requests_total", service="products", version="v1") == 0
        assert metrics.value("gateway_instances", service="products") == 1
        registry.registry = {"products": {"v2": version(new)}}
        with pytest.raises(UpstreamFailed):
            upstreams.send("users", Call("GET", "/"))
    upstreams.close()


def test_what_is_known_of_an_instance_outlives_a_change_of_weights(start: Start) -> None:
    a, b = start("a"), start("b")
    registry = SettableRegistry({"products": {"v1": version(a, b)}})
    upstreams = open_upstreams(registry)
    next(iter(upstreams.instances())).refused()
    registry.registry = {"products": {"v1": version(a, b, weight=1)}}
    assert [upstreams.send("products", Call("GET", "/")).body for _ in range(4)] == [b"b"] * 4
    upstreams.close()


def test_versions_change_under_load_without_a_failed_request(start: Start) -> None:
    blue, green = start("blue"), start("green")
    registry = SettableRegistry({"products": {"v1": version(blue)}})
    upstreams = open_upstreams(registry)

    def call(number: int) -> bytes:
        if number % 50 == 0:
            weights = (0, 1) if number % 100 else (1, 0)
            registry.registry = {
                "products": {"v1": version(blue, weight=weights[0]), "v2": version(green, weight=weights[1])}
            }
        return upstreams.send("products", Call("GET", "/")).body

    with ThreadPoolExecutor(8) as pool:
        found = Counter(pool.map(call, range(400)))
    assert found.keys() == {b"blue", b"green"}
    assert found.total() == 400
    assert [instance.outstanding for instance in upstreams.instances()] == [0, 0]
    upstreams.close()
