"""The stack's own pages (the folder `console`) as a part of the stack, and a browser that opens them."""

import os
import sys
import webbrowser

from rich.console import Console

from stackctl import ports
from stackctl.errors import StackError
from stackctl.paths import logs_dir
from stackctl.run import backends, pidfiles
from stackctl.run.components import Component, Tier

NAME = "console"

# What ./stack reads from the shell: the commands that pages start are to see what `up` saw.
_SETTINGS = (
    *("GLASSHOUSE_CACHE_DIR", "GLASSHOUSE_MIRROR", "XDG_CACHE_HOME"),
    *("ALERTS_PROFILE", "SAGA_MODE", "SMTP_URL", "TRACES_KEPT_PERCENT"),
)


def address() -> str:
    return ports.url(ports.CONSOLE)


def component() -> Component:
    """Nothing waits for it, so it is stopped with the first."""
    resource = "service.namespace=glasshouse,service.instance.id=console,deployment.environment.name=local"
    return Component(
        name=NAME,
        argv=(sys.executable, "-m", "gunicorn", "-c", "console/gunicorn.conf.py", "console:create_app()"),
        ready_url=ports.url(ports.CONSOLE, "/healthz"),
        ports=(ports.CONSOLE,),
        env={
            **{name: os.environ[name] for name in _SETTINGS if name in os.environ},
            **backends.environment(),
            "BIND_HOST": ports.HOST,
            "PORT": str(ports.CONSOLE),
            "GRAFANA_HOST": ports.HOST,
            "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
            "OTEL_RESOURCE_ATTRIBUTES": resource,
            "TELEMETRY_LOG_FILE": str(logs_dir() / f"{NAME}.jsonl"),
        },
        source="this repository",
        tier=Tier.GATEWAY,
    )


def open_pages(console: Console) -> None:
    """Say where they are, and open them where there is a browser."""
    if not pidfiles.running(NAME):
        raise StackError("the console does not run.", "./stack up starts it with the rest.")
    console.print(f"The console: {address()}", soft_wrap=True)
    if not webbrowser.open(address()):
        console.print("No browser was found here: open the address in one on this machine.", style="dim")
