"""The services of the shop as local processes: a gunicorn each; its environment says where everything is."""

import sys

from stackctl import ports
from stackctl.choices import Choices
from stackctl.components import Component, Tier
from stackctl.instances import Instance, instances
from stackctl.paths import data_dir, faults_file, logs_dir
from stackctl.service_settings import settings_of


def services(chosen: Choices) -> list[Component]:
    return [_component(instance, chosen) for instance in instances(chosen.scale)]


def _component(instance: Instance, chosen: Choices) -> Component:
    application = f"apps.{instance.service}:create_app()"
    return Component(
        name=instance.name,
        argv=(sys.executable, "-m", "gunicorn", "-c", "apps/gunicorn.conf.py", application),
        ready_url=ports.url(instance.port, "/readyz"),
        ports=instance.ports,
        env=_environment(instance, chosen),
        source="this repository",
        tier=Tier.GATEWAY if instance.service == "gateway" else Tier.SERVICE,
    )


def _environment(instance: Instance, chosen: Choices) -> dict[str, str]:
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
        "TELEMETRY_LOG_FILE": str(logs_dir() / f"{instance.name}.jsonl"),
        **({"GRPC_PORT": str(instance.grpc_port)} if instance.grpc_port else {}),
        **settings_of(instance.service, chosen),
    }
