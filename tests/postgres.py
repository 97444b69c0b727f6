"""A private PostgreSQL server from the system's package, in a folder of its own, on a random port."""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg

from stackctl.run import postgres
from stackctl.system.polling import NotYet, poll_until

USER, PASSWORD = postgres.SUPERUSER, "only-for-tests"


def missing() -> str | None:
    """What to say when it cannot be started here."""
    if postgres.programs():
        return None
    return "NOT TESTED ON POSTGRESQL: it is not installed (apt-get install postgresql)"


class PostgresServer:
    def __init__(self) -> None:
        # Not in pytest's folder: only root may enter that, and the server does not run as root.
        self._folder = Path(tempfile.mkdtemp(prefix="glasshouse-postgres-"))
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self._port = unused.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and return when it accepts connections."""
        postgres.lend(self._folder)
        # In another language and another time zone than any of our code expects.
        place = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=sv")
        postgres.make_cluster(self._folder, PASSWORD, "--no-sync", *place)
        settings = {"fsync": "off", "shared_buffers": "16MB", "timezone": "Asia/Kolkata"}
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                # It ends with the tests.
                ["setpriv", "--pdeathsig", "INT", *postgres.server(self._folder, self._port, **settings)],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                user=postgres.account(),
                group=postgres.account(),
                extra_groups=[] if postgres.account() else None,
            )
        poll_until(self._accepts, f"PostgreSQL on port {self._port}")

    @property
    def url(self) -> str:
        """As its superuser."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self._port}/postgres"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a database that is empty, or a copy of the one that `template` names."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Ends whoever is connected to it."""
        name = url.rpartition("/")[2]
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(postgres.STOP_SIGNAL)
            self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accepts(self) -> bool | NotYet:
        assert self._server is not None
        assert self._server.poll() is None, (self._folder / "log").read_text()
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return NotYet(str(error).strip())
        return True
