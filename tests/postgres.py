"""A private PostgreSQL server from the system's package, in a folder of its own, on a random port."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg

from stackctl.polling import NotYet, poll_until

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"


def missing() -> str | None:
    """What to say when it cannot be started here."""
    if (PROGRAMS / "postgres").exists():
        return None
    return f"NOT TESTED ON POSTGRESQL: {PROGRAMS}/postgres is missing (apt-get install postgresql-15)"


class PostgresServer:
    """It refuses to run as root, so root lends it the user that the package has made."""

    def __init__(self) -> None:
        # Not in pytest's folder, which only root may enter; and a socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="glasshouse-postgres-"))
        self._data = self._folder / "data"
        self._as_user = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as_user:
            shutil.chown(self._folder, USER, USER)
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self._port = unused.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and return when it accepts connections."""
        # In another language and another time zone than any of our code expects.
        place = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=sv")
        self._run("initdb", "--pgdata", str(self._data), "--no-sync", "--auth=trust", "-U", USER, *place)
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "INT", PROGRAMS / "postgres"),  # ends with the tests
                    *("-D", self._data, "-h", "127.0.0.1", "-p", str(self._port), "-k", self._folder),
                    *("-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "timezone=Asia/Kolkata"),
                ],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                **self._as_user,  # type: ignore[call-overload]  # a dict of keyword arguments
            )
        poll_until(self._accepts, f"PostgreSQL on port {self._port}")

    def new_database(self, template: str = "template1") -> str:
        """The URL of a database that is empty, or a copy of the one that `template` names."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Ends whoever is connected to it."""
        name = url.rpartition("/")[2]
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)  # "fast": ends connections, keeps data whole
            self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accepts(self) -> bool | NotYet:
        assert self._server is not None
        assert self._server.poll() is None, (self._folder / "log").read_text()
        try:
            psycopg.connect(self._conninfo("postgres")).close()
        except psycopg.OperationalError as error:
            return NotYet(str(error).strip())
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,  # type: ignore[call-overload]  # a dict of keyword arguments
        )
        assert done.returncode == 0, done.stderr

    def _conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self._port} user={USER} dbname={database} connect_timeout=2"
