"""PostgreSQL and RabbitMQ as components: started from the system's packages, private, gone after `down`."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pika
import psycopg
import pytest
from pika.exceptions import ProbableAuthenticationError

from stackctl import ports
from stackctl.errors import StackError
from stackctl.paths import data_dir
from stackctl.run import brokers, databases, external_services, postgres, processes
from stackctl.run.observations import State, observe
from stackctl.run.steps import Steps
from stackctl.run.supervisor import bring_up, sweep, take_down
from stackctl.settings import credentials
from stackctl.settings.saved_options import POSTGRES, RABBITMQ, SavedOptions
from tests.installed import require
from tests.integration.stackctl.conftest import free_port
from tests.postgres import PostgresServer
from tests.postgres import missing as missing_postgres
from tests.rabbitmq import missing as missing_rabbitmq

OWN_POSTGRES = SavedOptions(parts={POSTGRES: ""})
OWN_RABBITMQ = SavedOptions(parts={RABBITMQ: ""})


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder that PostgreSQL's user may enter, as pytest's is not."""
    folder = Path(tempfile.mkdtemp(prefix="glasshouse-parts-"))
    folder.chmod(0o755)
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(folder))
    for name in ("POSTGRES", "RABBITMQ", "RABBITMQ_DISTRIBUTION", "RABBITMQ_EPMD"):
        monkeypatch.setattr(ports, name, free_port())
    yield folder
    sweep(grace=0)
    shutil.rmtree(folder)


def start(chosen: SavedOptions, steps: Steps) -> None:
    credentials.make_missing(*external_services.credential_names(chosen))
    external_services.prepare(chosen)
    bring_up(external_services.components(chosen), steps)
    databases.make_missing(chosen)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


class TestPostgreSQL:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        require(missing_postgres())

    def test_each_service_enters_its_own_database_and_no_other(self, folder: Path, steps: Steps) -> None:
        start(OWN_POSTGRES, steps)

        for service in databases.SERVICES:
            with connect(databases.url_of(service, OWN_POSTGRES)) as connection:
                connection.execute("CREATE TABLE things (id int)")
        users, orders = (databases.url_of(service, OWN_POSTGRES) for service in ("users", "orders"))
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(users.rpartition("/")[0] + "/" + orders.rpartition("/")[2])
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(users.replace(credentials.read("postgres-password-users"), "guessed"))
        assert stat.filemode(data_dir(POSTGRES).stat().st_mode) == "drwx------"
        assert not list(data_dir(POSTGRES).glob("password*"))

    def test_data_outlives_a_restart_and_nothing_is_made_twice(self, folder: Path, steps: Steps) -> None:
        start(OWN_POSTGRES, steps)
        url = databases.url_of("users", OWN_POSTGRES)
        with connect(url) as connection:
            connection.execute("CREATE TABLE things AS SELECT 7 AS id")
        take_down(steps)

        start(OWN_POSTGRES, steps)

        with connect(url) as connection:
            assert connection.execute("SELECT id FROM things").fetchall() == [(7,)]

    def test_it_ends_though_somebody_is_connected(self, folder: Path, steps: Steps) -> None:
        start(OWN_POSTGRES, steps)
        [component] = external_services.components(OWN_POSTGRES)
        with connect(databases.url_of("users", OWN_POSTGRES)):
            assert take_down(steps, grace=10) == ["postgres"]

        assert processes.marked() == {}
        assert observe(component).state is State.STOPPED
        assert not (data_dir(POSTGRES) / "cluster" / "postmaster.pid").exists(), "it was killed"

    @pytest.mark.needs_root
    def test_a_folder_that_its_user_cannot_enter_is_named_beforehand(self, folder: Path) -> None:
        folder.chmod(0o700)

        with pytest.raises(StackError, match=r"the user postgres, .* cannot enter") as refusal:
            postgres.lend(data_dir(POSTGRES))

        assert refusal.value.hint is not None and "GLASSHOUSE_STATE_DIR" in refusal.value.hint

    def test_databases_are_made_on_a_server_that_runs_elsewhere_too(
        self, folder: Path, postgres_server: PostgresServer
    ) -> None:
        elsewhere = SavedOptions(parts={POSTGRES: postgres_server.url})

        databases.make_missing(elsewhere)
        databases.make_missing(elsewhere)

        for service in databases.SERVICES:
            url = databases.url_of(service, elsewhere)
            with connect(url) as connection:
                connection.execute("CREATE TABLE things (id int)")
            postgres_server.drop_database(url)

    def test_a_server_that_lets_nobody_in_is_an_error_that_says_why(
        self, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(databases, "_LET_IN_WITHIN_SECONDS", 0.0)
        elsewhere = SavedOptions(parts={POSTGRES: postgres_server.url.replace("only-for-tests", "guessed")})

        with pytest.raises(StackError, match="password authentication failed") as refusal:
            databases.make_missing(elsewhere)

        assert "guessed" not in refusal.value.message


class TestRabbitMQ:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        require(missing_rabbitmq())

    def test_it_lets_in_who_knows_the_password_and_leaves_no_process(
        self, folder: Path, steps: Steps
    ) -> None:
        start(OWN_RABBITMQ, steps)
        [component] = external_services.components(OWN_RABBITMQ)
        pika.BlockingConnection(pika.URLParameters(brokers.url(OWN_RABBITMQ))).close()
        stranger = f"amqp://guest:guest@{ports.HOST}:{ports.RABBITMQ}/%2F"
        with pytest.raises(ProbableAuthenticationError):
            pika.BlockingConnection(pika.URLParameters(stranger))
        assert observe(component).state is State.READY

        take_down(steps)

        assert processes.marked() == {}
        assert (
            stat.filemode((data_dir(RABBITMQ) / "settings" / "rabbitmq.conf").stat().st_mode) == "-rw-------"
        )
