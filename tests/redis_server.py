"""A private Redis server from the system's package, on a random port, with nothing on disk."""

import shutil
import socket
import subprocess

from stackctl.system.polling import NotYet, poll_until

PROGRAM = "redis-server"


def missing() -> str | None:
    """What to say when it cannot be started here."""
    return (
        None
        if shutil.which(PROGRAM)
        else f"NOT TESTED ON REDIS: {PROGRAM} is missing (apt-get install redis-server)"
    )


class RedisServer:
    """May be stopped and started again, on the same port and with nothing left."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self._port = unused.getsockname()[1]
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Return when it accepts connections."""
        self._server = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL", PROGRAM),  # ends with the tests
                *("--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
        )
        poll_until(self._accepts, f"Redis on port {self._port}")

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(30)

    def _accepts(self) -> bool | NotYet:
        assert self._server is not None
        assert self._server.poll() is None, "it has ended"
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError as error:
            return NotYet(str(error))
        return True
