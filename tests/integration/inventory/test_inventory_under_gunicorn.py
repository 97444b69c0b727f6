"""Inventory as `up` runs it: gunicorn with HTTP, and gRPC beside it in the same process."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from apps.inventory.client import InventoryClient
from apps.inventory.stock import Status
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.grpc_client import GrpcClient
from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    url: str
    peer: GrpcClient
    database: Path

    @property
    def client(self) -> InventoryClient:
        return InventoryClient(self.peer)

    def metrics(self) -> list[str]:
        return requests.get(f"{self.url}/metrics", timeout=5).text.splitlines()

    def uses_its_database(self) -> bool | NotYet:
        used = [line for line in self.metrics() if 'connection_state="used"' in line]
        return any(line.endswith(" 1.0") for line in used) or NotYet(f"{used}")

    def is_ready(self) -> bool | NotYet:
        assert self.process.poll() is None, "gunicorn has ended"
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException as error:
            return NotYet(type(error).__name__)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    http, grpc, database = free_port(), free_port(), tmp_path / "inventory.db"
    environment = {
        "BIND_HOST": "127.0.0.1",
        "PORT": str(http),
        "GRPC_PORT": str(grpc),
        "DATABASE_URL": f"sqlite:///{database}",
        "SEED_DATA": "false",
        "OTEL_TRACES_EXPORTER": "none",
        "TELEMETRY_LOG_FILE": str(tmp_path / "log.jsonl"),
    }
    program = [sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", "apps.inventory:create_app()"]
    process = subprocess.Popen(program, cwd=ROOT, env=os.environ | environment)
    peer = GrpcClient("inventory", f"127.0.0.1:{grpc}", timeout_s=10)
    service = Service(process, f"http://127.0.0.1:{http}", peer, database)
    try:
        poll_until(service.is_ready, f"inventory on port {http}")
        yield service
    finally:
        peer.close()
        process.terminate()
        process.wait(20)


def test_calls_over_grpc_are_in_the_metrics_that_http_serves(service: Service) -> None:
    service.client.set_available("compass", 10)
    service.client.reserve("order-1", {"compass": 3})
    lines = service.metrics()
    assert 'shop_stock_units{pool="reserved"} 3.0' in lines
    assert 'shop_reservations_total{status="RESERVED"} 1.0' in lines
    assert len([line for line in lines if line.startswith("rpc_server_call_duration_seconds_count{")]) == 2


def test_a_process_that_ends_answers_what_is_under_way_and_refuses_the_rest(service: Service) -> None:
    service.client.set_available("compass", 10)
    with (
        closing(sqlite3.connect(service.database, isolation_level=None)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")  # the call has to wait for this
        answer = pool.submit(service.client.reserve, "order-1", {"compass": 3})
        poll_until(service.uses_its_database, "the call under way", interval=0.02)
        service.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            service.process.wait(0.5)
        with pytest.raises(UpstreamFailed) as refusal:
            service.client.levels(["compass"])
        assert not isinstance(refusal.value, UpstreamTimeout)
        other.execute("ROLLBACK")
        assert answer.result().status is Status.RESERVED
    assert service.process.wait(10) == 0
