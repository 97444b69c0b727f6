"""With SERVICE_TOKEN, a service answers the other services alone; clients cannot pass as one of them."""

from collections.abc import Iterator

import pytest
from flask import Flask

from apps import inventory, users
from apps.inventory.client import InventoryClient
from apps.inventory.settings import Settings as InventorySettings
from apps.users.settings import Settings as UsersSettings
from chassis.database import Database
from chassis.environment import InvalidSetting
from chassis.grpc_client import GrpcClient
from chassis.grpc_errors import CallRefused
from chassis.grpc_server import GrpcServer
from chassis.registry import Version
from chassis.service import new_service, resolve
from chassis.service_token import HEADER
from tests.databases import NewDatabase
from tests.unit.apps.conftest import open_until_done
from tests.unit.apps.gateway.conftest import Headers, OpenGateway
from tests.unit.apps.serving import served

TOKEN = "t" * 32


@pytest.fixture
def users_app(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setenv("SERVICE_TOKEN", TOKEN)
    yield from open_until_done(users.create_app(UsersSettings(new_database("users"))))


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "guessed"}, {HEADER: TOKEN[:-1]}])
def test_whoever_has_no_token_reads_and_changes_nothing(users_app: Flask, headers: Headers) -> None:
    client = users_app.test_client()
    for method, path in [("GET", "/users"), ("POST", "/users"), ("POST", "/credentials/verify")]:
        answer = client.open(path, method=method, json={} if method == "POST" else None, headers=headers)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthenticated")
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/openapi.json")] == [200] * 3


def test_the_gateway_shows_its_token_and_hides_the_clients(
    users_app: Flask, open_gateway: OpenGateway, as_admin: Headers
) -> None:
    with served(users_app) as url:
        client = open_gateway(services={"users": {"v1": Version(instances=(url,))}}).test_client()
        assert client.get("/users", headers=as_admin).status_code == 200
        assert client.get("/users", headers={**as_admin, HEADER: "guessed"}).status_code == 200
        assert client.get("/users", headers={HEADER: TOKEN}).status_code == 401


def test_grpc_wants_it_too(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", TOKEN)
    app = inventory.create_app(InventorySettings(new_database("inventory"), grpc_address="127.0.0.1:0"))
    server = resolve(GrpcServer, app)
    friend = GrpcClient("inventory", f"127.0.0.1:{server.port}", 5.0)
    monkeypatch.delenv("SERVICE_TOKEN")
    stranger = GrpcClient("inventory", f"127.0.0.1:{server.port}", 5.0)
    try:
        assert InventoryClient(friend).levels(["p1"])[0].available == 0
        with pytest.raises(CallRefused):
            InventoryClient(stranger).set_available("p1", 5)
        assert InventoryClient(friend).levels(["p1"])[0].available == 0
    finally:
        friend.close()
        stranger.close()
        server.stop()
        resolve(Database, app).close()


def test_a_token_that_can_be_guessed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "secret")
    with pytest.raises(InvalidSetting, match="at least 32") as error:
        new_service("kites", "1")
    assert "secret" not in str(error.value)
