"""Grafana as a part of the stack, where it is installed: with the data sources and dashboards from here."""

from stackctl import fetch, ports
from stackctl.paths import ROOT, data_dir
from stackctl.run import backends
from stackctl.run.components import Component
from stackctl.settings import alertmanager_login, credentials

CONFIG = ROOT / "grafana" / "grafana.ini"
ADMIN_PASSWORD = "grafana-admin-password"


def components() -> list[Component]:
    """It, or nothing."""
    program = fetch.locate_grafana()
    return [_component(program)] if program else []


def credential_names() -> tuple[str, ...]:
    return (ADMIN_PASSWORD,) if fetch.locate_grafana() else ()


def _component(program: fetch.Program) -> Component:
    home = fetch.grafana_home(program)
    return Component(
        name="grafana",
        argv=(str(program.path), "server", f"--homepath={home}", f"--config={CONFIG}"),
        ready_url=ports.url(ports.GRAFANA, "/api/health"),
        ports=(ports.GRAFANA,),
        env=backends.environment() | _settings(),
        source=program.source,
    )


def _settings() -> dict[str, str]:
    """What grafana.ini and the provisioning files expect; in containers, docker compose sets the same."""
    return {
        "GRAFANA_DATA_DIR": str(data_dir("grafana")),
        "GRAFANA_PROVISIONING_DIR": str(ROOT / "grafana" / "provisioning"),
        "DASHBOARDS_DIR": str(ROOT / "dashboards" / "json"),
        "GRAFANA_ADMIN_PASSWORD": credentials.read(ADMIN_PASSWORD),
        "GF_ALERTMANAGER_PASSWORD": credentials.read(alertmanager_login.PASSWORD),
        # It listens on the loopback address only, so whoever can ask it is on this machine.
        "GRAFANA_ANONYMOUS": "true",
    }
