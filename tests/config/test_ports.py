"""One table of ports: the configuration files, the flags and the components all agree with it."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from stackctl import ports
from stackctl.fetch import Program
from stackctl.mail import received
from stackctl.paths import ROOT
from stackctl.run import backends, console_pages, external_services
from stackctl.run.components import Component
from stackctl.run.services import services
from stackctl.settings import discovery
from stackctl.settings.instances import MOST_INSTANCES, Instance, instances
from stackctl.settings.saved_options import PARTS, SavedOptions

CONFIGS = [
    *(ROOT / "otel-collector").glob("*.yaml"),
    *(ROOT / "prometheus").glob("**/*.yml"),
    *(ROOT / "alertmanager").glob("*/alertmanager.yml"),
    ROOT / "loki" / "config.yaml",
    ROOT / "jaeger" / "config.yaml",
    ROOT / "grafana" / "provisioning" / "datasources" / "backends.yml",
]


def table() -> dict[str, int]:
    own = {name: value for name, value in vars(ports).items() if name.isupper() and isinstance(value, int)}
    return own | ports.SERVICES


def components() -> list[Component]:
    programs = {name: Program(name, Path("/bin/true"), "test", "0") for name in backends.PROGRAMS}
    chosen = SavedOptions(parts=dict.fromkeys(PARTS, ""))
    return [
        *backends.backends(programs),
        *external_services.components(chosen),
        received.component(),
        console_pages.component(),
        *services(chosen),
    ]


def ports_in(node: Any, key: str = "") -> set[int]:
    """Every port a configuration file names: in a `host:port`, or under a key that ends in `port`."""
    if isinstance(node, dict):
        return set().union(*(ports_in(value, str(name)) for name, value in node.items()))
    if isinstance(node, list):
        return set().union(*(ports_in(value, key) for value in node))
    if isinstance(node, int):
        return {node} if key.endswith("port") else set()
    return {int(port) for port in re.findall(r"(?:\}|\d|https?://[\w.-]+):(\d{4,5})\b", str(node))}


def test_no_port_stands_twice_in_the_table() -> None:
    assert [port for port, uses in Counter(table().values()).items() if uses > 1] == []


def test_every_port_in_a_configuration_file_is_in_the_table() -> None:
    unknown = {
        str(path.relative_to(ROOT)): stray
        for path in CONFIGS
        if (stray := ports_in(yaml.safe_load(path.read_text())) - set(table().values()))
    }
    assert unknown == {}


def test_the_configuration_files_name_every_port_but_those_that_no_backend_asks() -> None:
    named = set().union(*(ports_in(yaml.safe_load(path.read_text())) for path in CONFIGS))
    assert set(table().values()) - named == {
        ports.SERVICES["gateway"],
        ports.INVENTORY_GRPC,
        ports.CONSOLE,
        ports.MAIL_HTTP,
        ports.SMTP,
        ports.POSTGRES,
        ports.RABBITMQ,
        ports.RABBITMQ_DISTRIBUTION,
        ports.RABBITMQ_EPMD,
        ports.REDIS,
    }


def test_no_two_components_listen_on_the_same_port() -> None:
    listening = [port for component in components() for port in component.ports]
    assert sorted(listening) == sorted(set(listening))
    assert set(listening) <= set(table().values())


def test_no_further_instance_takes_a_port_of_the_table() -> None:
    scale = dict.fromkeys(ports.SERVICES, MOST_INSTANCES)
    news = dict.fromkeys(discovery.BEHIND_GATEWAY, "2")
    further = [instance for instance in instances(scale, news) if not instance.is_known]
    taken = [port for instance in further for port in instance.ports]
    assert len(set(taken)) == len(taken)
    assert set(taken).isdisjoint(table().values())


def test_a_component_is_ready_on_a_port_of_its_own() -> None:
    strangers = [
        component.name
        for component in components()
        if not any(f":{port}" in component.ready_url for port in component.ports)
    ]
    assert strangers == []


def test_the_collector_scrapes_every_service_under_its_own_name() -> None:
    config = yaml.safe_load((ROOT / "otel-collector" / "config.yaml").read_text())
    jobs = config["receivers"]["prometheus"]["config"]["scrape_configs"]
    scraped = {
        job["job_name"]: int(job["static_configs"][0]["targets"][0].rpartition(":")[2])
        for job in jobs
        if "static_configs" in job
    }
    metrics = {service: Instance(service).metrics_port for service in ports.SERVICES}
    assert metrics.items() <= scraped.items()


def test_wherever_a_host_stands_in_the_collectors_file_there_is_one_for_local_processes() -> None:
    hosts = re.findall(r"env:(\w+_HOST)", (ROOT / "otel-collector" / "config.yaml").read_text())
    assert set(hosts) <= backends.environment().keys()
