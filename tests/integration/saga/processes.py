"""Orders, payments and inventory as real processes, to be killed; their neighbours are played in this one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from flask import Flask, request

from chassis.saga_mode import Mode
from stackctl.paths import ROOT
from stackctl.system.polling import NotYet
from tests.databases import NewDatabase

PRICE_CENTS = 2_650
IMPATIENT = {"SAGA_STUCK_AFTER_SECONDS": "2", "SAGA_LEASE_SECONDS": "3", "SAGA_CALL_TIMEOUT_SECONDS": "1"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def neighbours() -> Flask:
    """Users and products in one: they know everybody and everything."""
    app = Flask("neighbours")

    @app.get("/users/<user_id>")
    def user(user_id: str) -> dict[str, str]:
        return {"id": user_id}

    @app.get("/products")
    def products() -> dict[str, object]:
        ids = request.args["ids"].split(",")
        return {"items": [{"id": each, "name": each, "price_cents": PRICE_CENTS} for each in ids]}

    return app


@dataclass
class Process:
    """One service under gunicorn; `kill` takes the master and its worker at once."""

    name: str
    port: int
    environment: Mapping[str, str]
    log: Path
    running: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = [sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py"]
        environment = {**os.environ, **self.environment, "PORT": str(self.port), "BIND_HOST": "127.0.0.1"}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [*program, f"apps.{self.name}:create_app()"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait(10)
            self.running = None

    def is_ready(self) -> bool | NotYet:
        assert self.running is not None
        assert self.running.poll() is None, self.log.read_text()
        try:
            answer = requests.get(f"{self.url}/readyz", timeout=2)
        except requests.RequestException as error:
            return NotYet(f"{self.name}: {type(error).__name__}")
        return answer.status_code == 200 or NotYet(f"{self.name}: {answer.status_code}")


def processes(folder: Path, new_database: NewDatabase, mode: Mode, neighbours_url: str) -> list[Process]:
    ports = {name: free_port() for name in ("orders", "payments", "inventory")}
    grpc_port = str(free_port())
    common = {
        "BROKER_URL": f"sqlite:///{folder}/broker.db",
        "SAGA_MODE": mode,
        "SEED_DATA": "false",
        "CARD_SLOW_FOR_SECONDS": "0.2",
        "OTEL_TRACES_EXPORTER": "none",
        "GRPC_PORT": grpc_port,
        "USERS_URL": neighbours_url,
        "PRODUCTS_URL": neighbours_url,
        "PAYMENTS_URL": f"http://127.0.0.1:{ports['payments']}",
        "INVENTORY_TARGET": f"127.0.0.1:{grpc_port}",
        **IMPATIENT,
    }
    return [
        Process(
            name,
            port,
            common
            | {
                "DATABASE_URL": new_database(name),
                "TELEMETRY_LOG_FILE": f"{folder}/{name}.jsonl",
            },
            folder / f"{name}.log",
        )
        for name, port in ports.items()
    ]
