"""The services of the shop as local processes: a gunicorn each; its environment says where everything is."""

import sys
from pathlib import Path

from stackctl import ports
from stackctl.paths import ROOT, data_dir, faults_file, logs_dir
from stackctl.run.components import Component, Tier
from stackctl.run.service_settings import settings_of
from stackctl.settings import credentials
from stackctl.settings.instances import Instance
from stackctl.settings.rollouts import Release
from stackctl.settings.saved_options import SavedOptions


def services(chosen: SavedOptions) -> list[Component]:
    return [_component(instance, chosen) for instance in chosen.instances()]


def _component(instance: Instance, chosen: SavedOptions) -> Component:
    application = f"apps.{instance.service}:create_app()"
    release = chosen.release(instance)
    return Component(
        name=instance.name,
        argv=(_python(release), "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", application),
        ready_url=ports.url(instance.port, "/readyz"),
        ports=instance.ports,
        env=environment(instance, chosen),
        source=_source(release),
        tier=Tier.GATEWAY if instance.service == "gateway" else Tier.SERVICE,
        folder=_folder(release),
    )


def _folder(release: Release) -> Path:
    return Path(release.folder) if release.folder else ROOT


def _python(release: Release) -> str:
    """Another checkout has other packages, when it was ever used by itself."""
    own = _folder(release) / ".venv" / "bin" / "python"
    return str(own) if release.folder and own.exists() else sys.executable


def _source(release: Release) -> str:
    if release == Release():
        return "this repository"
    return f"version {release.version} from {release.folder or 'this repository'}"


def environment(instance: Instance, chosen: SavedOptions) -> dict[str, str]:
    """All that a service is told."""
    release = chosen.release(instance)
    resource = {
        "service.namespace": "shop",
        "service.instance.id": instance.name,
        "deployment.environment.name": "local",
    }
    return {
        "BIND_HOST": ports.HOST,
        "PORT": str(instance.port),
        "OTEL_SERVICE_NAME": instance.service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in resource.items()),
        "OTEL_EXPORTER_OTLP_ENDPOINT": ports.url(ports.OTLP_HTTP),
        "DATA_DIR": str(data_dir(instance.service)),
        "FAULTS_FILE": str(faults_file()),
        "SERVICE_TOKEN": credentials.read(credentials.SERVICE_TOKEN),
        "TELEMETRY_LOG_FILE": str(logs_dir() / f"{instance.name}.jsonl"),
        # One for all instances: whoever is left delivers the spans of those that were killed.
        "TELEMETRY_SPOOL_DIR": str(data_dir(instance.service) / "spool"),
        **({} if release == Release() else {"SERVICE_VERSION": release.version}),
        **({"METRICS_PORT": str(instance.metrics_port)} if instance.metrics_port != instance.port else {}),
        **({"GRPC_PORT": str(instance.grpc_port)} if instance.grpc_port else {}),
        **settings_of(instance.service, chosen),
    }
