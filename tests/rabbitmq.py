"""A private RabbitMQ node from the system's package: its own folder, ports, name, cookie and port mapper.

Nothing of the machine's own RabbitMQ is read or touched, and root may start it. One node takes some 4 s to
boot and 160 MB.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pika
from pika.exceptions import AMQPError

from stackctl.polling import NotYet, poll_until

# Not the wrapper on PATH: that one insists on the user rabbitmq.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
BOOT_TIMEOUT_S = 60.0


def missing() -> str | None:
    """What to say when it cannot be started here."""
    if SERVER.exists() and shutil.which("epmd"):
        return None
    return f"NOT TESTED ON RABBITMQ: {SERVER} or epmd is missing (apt-get install rabbitmq-server)"


class RabbitMQNode:
    """Keeps its data over `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = _free_ports(3)
        self._name = f"glasshouse-{uuid4().hex[:8]}@localhost"
        self._server: subprocess.Popen[bytes] | None = None
        self._port_mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._ports[0]}/%2F"

    def start(self) -> None:
        """Returns when it accepts connections."""
        environment = self._environment()
        if self._port_mapper is None:
            command = f"epmd -port {self._ports[2]} -address 127.0.0.1"
            self._port_mapper = self._spawn("epmd", environment, command)
        self._server = self._spawn("rabbitmq", environment, str(SERVER))
        poll_until(self._accepts, f"RabbitMQ at {self.url} (see {self._folder})", timeout=BOOT_TIMEOUT_S)

    def kill(self) -> None:
        """As a crash of the machine would, but for what the operating system still holds."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)
        if self._port_mapper is not None:
            self._port_mapper.terminate()
            self._port_mapper.wait(10)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None

    def _accepts(self) -> bool | NotYet:
        assert self._server is not None
        assert self._server.poll() is None, f"RabbitMQ has ended: {self._folder}/rabbitmq.log"
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (AMQPError, OSError) as error:
            return NotYet(repr(error))
        return True

    def _spawn(self, name: str, environment: Mapping[str, str], command: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                # Whoever kills the tests does not leave a node behind.
                ["setpriv", "--pdeathsig", "KILL", *command.split()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _environment(self) -> dict[str, str]:
        amqp, distribution, port_mapper = map(str, self._ports)
        settings = self._folder / "settings"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "plugins").write_text("[].\n")
        (settings / "rabbitmq.conf").write_text("log.console = true\n")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(settings),  # for the cookie
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": port_mapper,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": amqp,
            "RABBITMQ_DIST_PORT": distribution,
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(settings / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(settings / "none"),
            "RABBITMQ_CONFIG_FILE": str(settings / "rabbitmq"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(settings),
            "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node, so that its pid is the node's
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput +sbwt none +sbwtdcpu none +sbwtdio none",
        }


def _free_ports(count: int) -> list[int]:
    """All open at once, so that no two are the same."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
