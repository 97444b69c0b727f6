"""What containers find before they start: passwords, made once, and the files that several of them read.

Nobody here is root, and still a secret is read by those alone that use it: each has a group (20000 + port)
that its reader is given by `group_add`. This process is a member of all of them.
"""

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from stackctl import ports
from stackctl.paths import ROOT, secrets_dir, state_dir
from stackctl.run import brokers, databases, external_services
from stackctl.run.backends import traces_kept_percent
from stackctl.run.services import environment
from stackctl.settings import alertmanager_login, credentials, discovery
from stackctl.settings.instances import Instance, instances
from stackctl.settings.saved_options import CONTAINERS
from stackctl.system import atomic_write

REDIS_PASSWORD = "redis-password"
GRAFANA_PASSWORD = "grafana-password"

# Who asks the running stack from outside: ./stack in a container of its own.
OPERATOR = 21000


def group_of(port: int) -> int:
    return 20000 + port


def give_to_group(path: Path, group: int) -> None:
    os.chown(path, -1, group)
    path.chmod(0o440)


def prepare(give: Callable[[Path, int], None] = give_to_group) -> None:
    """Make what is missing; what is there already stays as it is. `give` lets a group read a file."""
    credentials.make_missing(
        *external_services.credential_names(CONTAINERS), REDIS_PASSWORD, GRAFANA_PASSWORD
    )
    alertmanager_login.make_missing()
    for name, text in _files().items():
        atomic_write.write(secrets_dir() / name, text, private=True)
    for name, group in readers().items():
        give(secrets_dir() / name, group)
    discovery.announce(instances({}))
    atomic_write.write(state_dir() / "otel-collector" / "sampling.yaml", _sampling())


def readers() -> Mapping[str, int]:
    """The group that may read a file."""
    return {
        **{f"{service}.env": group_of(port) for service, port in ports.SERVICES.items()},
        "rabbitmq.conf": group_of(ports.RABBITMQ),
        "redis.conf": group_of(ports.REDIS),
        **dict.fromkeys(databases.password_names(), group_of(ports.POSTGRES)),
        REDIS_PASSWORD: group_of(ports.REDIS),
        GRAFANA_PASSWORD: group_of(ports.GRAFANA),
        alertmanager_login.PASSWORD: group_of(ports.ALERTMANAGER),
        alertmanager_login.AUTHORIZATION: group_of(ports.ALERTMANAGER),
        alertmanager_login.WEB_CONFIG: group_of(ports.ALERTMANAGER),
        credentials.ADMIN_PASSWORD: OPERATOR,
        credentials.TRACE_KEY: OPERATOR,
        credentials.SERVICE_TOKEN: OPERATOR,
        brokers.PASSWORD: OPERATOR,
    }


def _files() -> Mapping[str, str]:
    """What is made of the passwords anew each time."""
    return {
        **{f"{service}.env": _as_environment(_settings(service)) for service in ports.SERVICES},
        "rabbitmq.conf": _rabbitmq_settings(),
        "redis.conf": f"requirepass {credentials.read(REDIS_PASSWORD)}\n",
    }


def _settings(service: str) -> Mapping[str, str]:
    """What it is told natively, too; only that others reach it from outside, and limits are in Redis."""
    settings = {**environment(Instance(service), CONTAINERS), "BIND_HOST": "0.0.0.0"}
    if service == "gateway":
        url = f"redis://:{credentials.read(REDIS_PASSWORD)}@{ports.address(ports.REDIS)}"
        settings["RATE_LIMIT_STORAGE"] = url
    return settings


def _as_environment(settings: Mapping[str, str]) -> str:
    """As a shell reads it: apps/start does."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())


def _rabbitmq_settings() -> str:
    settings = {
        "default_user": brokers.USER,
        "default_pass": credentials.read(brokers.PASSWORD),
        "log.console": "true",
        "log.console.level": "warning",
        "log.file": "false",
        # Of the container's limit, not of the machine's memory.
        "vm_memory_high_watermark.absolute": "160MB",
        "disk_free_limit.absolute": "100MB",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _sampling() -> str:
    """Laid over the Collector's configuration: the sampler, or nothing while all traces are kept."""
    if float(traces_kept_percent()) >= 100:
        return "{}\n"
    return (ROOT / "otel-collector" / "sampling.yaml").read_text(encoding="utf-8")
