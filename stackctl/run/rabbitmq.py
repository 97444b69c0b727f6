"""RabbitMQ from the system's package: where it is, and what a private node is told.

Nothing of the machine's own RabbitMQ is read or touched, and root may run it. A node takes some 4 s to boot.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from stackctl.ports import HOST
from stackctl.system import atomic_write

# Debian's command on PATH is a wrapper that insists on the user rabbitmq; this is what it runs.
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

# A message whose delay is over while the queue it goes back to has no leader yet, as in the first second
# after a crash, is tried again only after this time. RabbitMQ's default is three minutes. Only an argument of
# the Erlang machine or a file in Erlang's syntax can set it.
DEAD_LETTERS_AGAIN_AFTER = "-rabbit dead_letter_worker_publisher_confirm_timeout 5000"


def server() -> Path | None:
    """The program, or None when it is not installed."""
    if _SERVER.exists():
        return _SERVER
    return Path(found) if (found := shutil.which("rabbitmq-server")) else None


@dataclass(frozen=True)
class Node:
    """All that it writes is below `folder`. `epmd_port` is that of Erlang's port mapper, its own as well."""

    folder: Path
    name: str
    amqp_port: int
    distribution_port: int
    epmd_port: int

    def write_settings(self, user: str, password: str) -> None:
        """The user is made at the first start, and stays."""
        logging = {"log.console": "true", "log.console.level": "warning", "log.file": "false"}
        settings = {**logging, "default_user": user, "default_pass": password}
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        atomic_write.write(self._settings / "rabbitmq.conf", lines, private=True)
        atomic_write.write(self._settings / "plugins", "[].\n")

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self._settings),  # for the cookie
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_LOG": "-color",
            "RABBITMQ_NODENAME": f"{self.name}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.amqp_port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._settings / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self._settings / "none"),
            "RABBITMQ_CONFIG_FILE": str(self._settings / "rabbitmq"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self._settings),
            "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node, so that its pid is the node's
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(self._erlang_arguments()),
        }

    def _erlang_arguments(self) -> tuple[str, ...]:
        no_busy_waiting = ("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none")
        loopback_only = ("-kernel", "inet_dist_use_interface", "{127,0,0,1}")
        return ("-noinput", *no_busy_waiting, *loopback_only, DEAD_LETTERS_AGAIN_AFTER)

    @property
    def _settings(self) -> Path:
        return self.folder / "settings"
