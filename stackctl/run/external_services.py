"""What `up --with` runs in place of embedded parts: PostgreSQL and RabbitMQ, from the system's packages."""

from collections.abc import Callable, Mapping
from pathlib import Path

from stackctl import ports
from stackctl.errors import StackError
from stackctl.paths import data_dir
from stackctl.run import brokers, databases, postgres, rabbitmq
from stackctl.run.components import Component
from stackctl.settings import credentials
from stackctl.settings.saved_options import POSTGRES, RABBITMQ, SavedOptions

# Idle, the services hold some 20 connections; each may open as many as it has threads.
POSTGRES_SETTINGS = {"max_connections": "200", "shared_buffers": "32MB"}

# Debian's package of each, and where its programs are found.
PACKAGES: Mapping[str, tuple[str, Callable[[], Path | None]]] = {
    POSTGRES: ("postgresql", postgres.programs),
    RABBITMQ: ("rabbitmq-server", rabbitmq.server),
}
INSTALL = "apt-get install"


def components(chosen: SavedOptions) -> list[Component]:
    """Those that run here; what is given by URL is nobody's component."""
    return [
        *([_postgres()] if chosen.runs(POSTGRES) else []),
        *([_rabbitmq()] if chosen.runs(RABBITMQ) else []),
    ]


def credential_names(chosen: SavedOptions) -> tuple[str, ...]:
    return (
        *(databases.password_names() if chosen.runs(POSTGRES) else ()),
        *((brokers.PASSWORD,) if chosen.runs(RABBITMQ) else ()),
    )


def require_installed(chosen: SavedOptions) -> None:
    missing = [package for part, (package, find) in PACKAGES.items() if chosen.runs(part) and not find()]
    if missing:
        raise StackError(
            f"not installed: {', '.join(missing)}.",
            f"{INSTALL} {' '.join(missing)}\n"
            "or name one that runs elsewhere: POSTGRES_URL=postgresql://…, RABBITMQ_URL=amqp://…",
        )


def prepare(chosen: SavedOptions) -> None:
    """Write what they need on disk before their first start."""
    if chosen.runs(POSTGRES):
        folder = data_dir(POSTGRES)
        postgres.lend(folder)
        if not (folder / "cluster").exists():
            password = credentials.read(databases.SUPERUSER_PASSWORD)
            postgres.make_cluster(folder, password, "--encoding=UTF8", "--no-locale")
    if chosen.runs(RABBITMQ):
        _node().write_settings(brokers.USER, credentials.read(brokers.PASSWORD))


def _postgres() -> Component:
    return Component(
        name=POSTGRES,
        argv=postgres.server(data_dir(POSTGRES), ports.POSTGRES, **POSTGRES_SETTINGS),
        ready_url=f"tcp://{ports.HOST}:{ports.POSTGRES}",
        ports=(ports.POSTGRES,),
        source="on this machine",
        account=postgres.account(),
        stop_signal=postgres.STOP_SIGNAL,
    )


def _rabbitmq() -> Component:
    return Component(
        name=RABBITMQ,
        argv=(str(rabbitmq.server() or RABBITMQ),),
        ready_url=f"tcp://{ports.HOST}:{ports.RABBITMQ}",
        ports=(ports.RABBITMQ, ports.RABBITMQ_DISTRIBUTION, ports.RABBITMQ_EPMD),
        env=_node().environment(),
        source="on this machine",
    )


def _node() -> rabbitmq.Node:
    return rabbitmq.Node(
        data_dir(RABBITMQ), "glasshouse", ports.RABBITMQ, ports.RABBITMQ_DISTRIBUTION, ports.RABBITMQ_EPMD
    )
