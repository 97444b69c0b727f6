"""A private RabbitMQ node from the system's package, on random ports and with a name of its own."""

import os
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pika
from pika.exceptions import AMQPError

from stackctl.run import rabbitmq
from stackctl.system.polling import NotYet, poll_until

BOOT_TIMEOUT_S = 60.0


def missing() -> str | None:
    """What to say when it cannot be started here."""
    if rabbitmq.server() and shutil.which("epmd"):
        return None
    return "NOT TESTED ON RABBITMQ: it is not installed (apt-get install rabbitmq-server)"


class RabbitMQNode:
    """Keeps its data over `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._node = rabbitmq.Node(folder, f"glasshouse-{uuid4().hex[:8]}", *_free_ports(3))
        self._server: subprocess.Popen[bytes] | None = None
        self._port_mapper: subprocess.Popen[bytes] | None = None
        # What is to end with the tests ends with the thread that started it: this one lasts.
        self._starter = ThreadPoolExecutor(1)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._node.amqp_port}/%2F"

    def start(self) -> None:
        """Returns when it accepts connections."""
        self._node.write_settings("guest", "guest")
        if self._port_mapper is None:
            # The node would start one that outlives it.
            self._port_mapper = self._spawn(
                "epmd", "-port", str(self._node.epmd_port), "-address", "127.0.0.1"
            )
        self._server = self._spawn(str(rabbitmq.server()))
        poll_until(self._accepts, f"RabbitMQ at {self.url} (see {self._folder})", timeout=BOOT_TIMEOUT_S)

    def kill(self) -> None:
        """As a crash of the machine would, but for what the operating system still holds."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)
        if self._port_mapper is not None:
            self._port_mapper.terminate()
            self._port_mapper.wait(10)
        self._starter.shutdown()

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None

    def _accepts(self) -> bool | NotYet:
        assert self._server is not None
        assert self._server.poll() is None, f"RabbitMQ has ended: {self._folder}/rabbitmq-server.log"
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (AMQPError, OSError) as error:
            return NotYet(repr(error))
        return True

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{Path(command[0]).name}.log").open("ab") as log:
            return self._starter.submit(
                subprocess.Popen[bytes],
                ["setpriv", "--pdeathsig", "KILL", *command],
                env={"PATH": os.environ["PATH"], **self._node.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ).result()


def _free_ports(count: int) -> list[int]:
    """All open at once, so that no two are the same."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
