"""One RabbitMQ node for all tests; new files, queues and databases for each."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.database import Database
from chassis.events import Broker
from tests import rabbitmq
from tests.installed import require
from tests.integration.events import effects
from tests.integration.events.brokers import BrokerUnderTest, EmbeddedBroker, RealRabbitMQ


@pytest.fixture(scope="session")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rabbitmq.RabbitMQNode]:
    require(rabbitmq.missing())
    node = rabbitmq.RabbitMQNode(tmp_path_factory.mktemp("rabbitmq"))
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture(params=["sqlite", "rabbitmq"])
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> BrokerUnderTest:
    if request.param == "sqlite":
        return EmbeddedBroker(tmp_path)
    return RealRabbitMQ(request.getfixturevalue("rabbitmq_node"))


@pytest.fixture
def broker(under_test: BrokerUnderTest) -> Iterator[Broker]:
    broker = under_test.connect()
    yield broker
    broker.close()


@pytest.fixture
def other(under_test: BrokerUnderTest) -> Iterator[Broker]:
    """As another process has it."""
    broker = under_test.connect()
    yield broker
    broker.close()


@pytest.fixture
def run() -> str:
    """Makes names that no other test has."""
    return uuid4().hex[:8]


@pytest.fixture
def queue(run: str) -> str:
    return f"payments_{run}"


@pytest.fixture
def exchange(run: str) -> str:
    return f"order_events_{run}"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = effects.open_database(f"sqlite:///{tmp_path / 'service.db'}")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'service.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    database = effects.open_database(url)
    yield database
    database.close()
