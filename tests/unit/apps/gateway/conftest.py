"""A gateway in front of servers that do as they are told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import gateway
from apps.gateway.settings import Settings
from apps.gateway.upstreams import Upstreams
from chassis.registry import Registry, Version
from chassis.service import resolve
from chassis.tokens import Identity, Tokens
from tests.unit.apps.gateway.fakes import FakeCredentials, FakeInventory
from tests.unit.chassis.fake_servers import FakeServer, fake_server

KEY = "k" * 32
ADA = Identity("ada")
ADMIN = Identity("root", frozenset({"admin"}))

OpenGateway = Callable[..., Flask]
Headers = dict[str, str]


@pytest.fixture
def tokens() -> Tokens:
    return Tokens([KEY], 900)


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, FakeServer]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(fake_server()) for name in ("users", "products", "orders")}


@pytest.fixture
def users(servers: dict[str, FakeServer]) -> FakeServer:
    return servers["users"].as_new()


@pytest.fixture
def products(servers: dict[str, FakeServer]) -> FakeServer:
    return servers["products"].as_new()


@pytest.fixture
def orders(servers: dict[str, FakeServer]) -> FakeServer:
    return servers["orders"].as_new()


@pytest.fixture
def registry(users: FakeServer, products: FakeServer, orders: FakeServer) -> Registry:
    servers = {"users": users, "products": products, "orders": orders}
    return {name: {"v1": Version(instances=(server.url,))} for name, server in servers.items()}


@pytest.fixture
def credentials() -> FakeCredentials:
    return FakeCredentials()


@pytest.fixture
def inventory() -> FakeInventory:
    return FakeInventory()


@pytest.fixture
def open_gateway(
    registry: Registry, credentials: FakeCredentials, inventory: FakeInventory
) -> Iterator[OpenGateway]:
    apps: list[Flask] = []

    def opened(**settings: object) -> Flask:
        chosen = {"token_keys": (KEY,), "services": registry, "rate_limit": "100000/second", **settings}
        app = gateway.create_app(Settings(**chosen), credentials, inventory)  # type: ignore[arg-type]
        apps.append(app)
        return app

    yield opened
    for app in apps:
        resolve(Upstreams, app).close()


@pytest.fixture
def client(open_gateway: OpenGateway) -> FlaskClient:
    return open_gateway().test_client()


@pytest.fixture
def as_ada(tokens: Tokens) -> Headers:
    return bearer(tokens.issue(ADA))


@pytest.fixture
def as_admin(tokens: Tokens) -> Headers:
    return bearer(tokens.issue(ADMIN))


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
