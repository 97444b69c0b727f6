"""The inventory service on a database of its own: its rules, and its client across a real connection."""

from collections.abc import Iterator

import pytest
from flask import Flask

from apps import inventory
from apps.inventory import metrics
from apps.inventory.client import InventoryClient
from apps.inventory.inventory import Inventory
from apps.inventory.settings import Settings
from chassis.database import Database
from chassis.grpc_client import GrpcClient
from chassis.grpc_server import GrpcServer
from chassis.service import resolve
from tests.databases import NewDatabase


@pytest.fixture
def inventory_app(new_database: NewDatabase) -> Iterator[Flask]:
    settings = Settings(new_database("inventory"), "127.0.0.1:0", seed=False)
    app = inventory.create_app(settings)
    yield app
    metrics.stock.read_from(None)
    resolve(GrpcServer, app).stop()
    resolve(Database, app).close()


@pytest.fixture
def rules(inventory_app: Flask) -> Inventory:
    return resolve(Inventory, inventory_app)


@pytest.fixture
def peer(inventory_app: Flask) -> Iterator[GrpcClient]:
    peer = GrpcClient("inventory", f"127.0.0.1:{resolve(GrpcServer, inventory_app).port}", timeout_s=10)
    yield peer
    peer.close()


@pytest.fixture
def client(peer: GrpcClient) -> InventoryClient:
    return InventoryClient(peer)
