"""The gateway in front of real processes that come and go."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import requests

from stackctl.system.polling import poll_until
from tests.integration.gateway.processes import ServiceProcess

KEY = "k" * 32


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[ServiceProcess]]:
    """What a test puts in here ends with it."""
    processes: list[ServiceProcess] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def instances(tmp_path: Path, started: list[ServiceProcess]) -> list[ServiceProcess]:
    pair = [ServiceProcess("products", tmp_path) for _ in range(2)]
    for instance in pair:
        instance.start()
        started.append(instance)
    return pair


@pytest.fixture
def registry(tmp_path: Path, instances: list[ServiceProcess]) -> Path:
    path = tmp_path / "registry.json"
    write(path, v1=instances)
    return path


@pytest.fixture
def gateway(
    tmp_path: Path, registry: Path, instances: list[ServiceProcess], started: list[ServiceProcess]
) -> ServiceProcess:
    process = ServiceProcess(
        "gateway", tmp_path, JWT_SECRET=KEY, GATEWAY_REGISTRY=str(registry), RATE_LIMIT="100000/second"
    )
    process.start()
    started.append(process)
    for each in (*instances, process):
        each.wait_until_ready()
    return process


def write(path: Path, **versions: list[ServiceProcess]) -> None:
    content = {name: {"instances": [each.url for each in instances]} for name, instances in versions.items()}
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"products": content}), encoding="utf-8")
    new.rename(path)


class Customers:
    """Some who look at products all the time, until they are told to stop."""

    def __init__(self, gateway: ServiceProcess, number: int = 4) -> None:
        self._url = f"{gateway.url}/products?limit=1"
        self._stopped = Event()
        self._pool = ThreadPoolExecutor(number)
        self._visits = [self._pool.submit(self._visit) for _ in range(number)]

    def statuses(self) -> Counter[int]:
        self._stopped.set()
        self._pool.shutdown()
        return sum((visit.result() for visit in self._visits), Counter[int]())

    def _visit(self) -> Counter[int]:
        seen: Counter[int] = Counter()
        with requests.Session() as session:
            while not self._stopped.wait(0.02):
                seen[session.get(self._url, timeout=10).status_code] += 1
        return seen


def healthy(gateway: ServiceProcess, version: str = "v1") -> float:
    sample = f'gateway_instances_healthy{{service="products",version="{version}"}} '
    text = requests.get(f"{gateway.url}/metrics", timeout=5).text
    return next(
        (float(line.removeprefix(sample)) for line in text.splitlines() if line.startswith(sample)), 0
    )


def test_an_instance_that_is_killed_costs_no_customer_a_request(
    gateway: ServiceProcess, instances: list[ServiceProcess]
) -> None:
    customers = Customers(gateway)
    instances[0].kill()
    poll_until(lambda: healthy(gateway) == 1, "the killed instance to be taken out")
    instances[0].wait()
    instances[0].start()
    poll_until(lambda: healthy(gateway) == 2, "the instance to be put back")
    statuses = customers.statuses()
    assert set(statuses) == {200}
    assert statuses.total() > 20


def test_an_instance_that_hangs_is_taken_out_and_the_other_serves(
    gateway: ServiceProcess, instances: list[ServiceProcess]
) -> None:
    customers = Customers(gateway)
    instances[0].kill(signal.SIGSTOP)
    poll_until(lambda: healthy(gateway) == 1, "the hanging instance to be taken out")
    instances[0].kill(signal.SIGCONT)
    poll_until(lambda: healthy(gateway) == 2, "the instance to be put back")
    assert set(customers.statuses()) == {200}


def test_a_switch_from_blue_to_green_costs_no_customer_a_request(
    gateway: ServiceProcess, instances: list[ServiceProcess], registry: Path
) -> None:
    customers = Customers(gateway)
    blue, green = instances
    write(registry, blue=[blue])
    poll_until(lambda: healthy(gateway, "blue") == 1, "the switch to blue")
    write(registry, green=[green])
    poll_until(lambda: healthy(gateway, "green") == 1, "the switch to green")
    blue.terminate()
    blue.wait()
    assert set(customers.statuses()) == {200}


def test_it_ends_soon_and_quietly_when_told_to(gateway: ServiceProcess) -> None:
    assert requests.get(f"{gateway.url}/products", timeout=5).status_code == 200
    began = time.monotonic()
    gateway.terminate()
    assert gateway.wait() == 0
    assert time.monotonic() - began < 8
    assert gateway.words() == ""


def test_without_a_key_it_does_not_start_and_says_why(tmp_path: Path, started: list[ServiceProcess]) -> None:
    process = ServiceProcess("gateway", tmp_path, JWT_SECRET="")
    process.start()
    started.append(process)
    assert process.wait() != 0
    assert "JWT_SECRET is not set" in process.words()
