"""Network policies: everything is denied but the edges that are needed, each allowed at both of its ends."""

import re
from dataclasses import fields

import pytest

from apps.gateway.settings import SERVICES
from apps.gateway.settings import Settings as Gateway
from apps.notifications.settings import Settings as Notifications
from apps.orders.settings import Settings as Orders
from stackctl import ports
from tests.config.rendered import Copy, Object, of_kind, pods

Edge = tuple[str, str, int]
NAME = "app.kubernetes.io/name"
BACKENDS: set[Edge] = {
    ("otel-collector", "prometheus", ports.PROMETHEUS),
    ("otel-collector", "loki", ports.LOKI_HTTP),
    ("otel-collector", "jaeger", ports.JAEGER_OTLP_GRPC),
    ("otel-collector", "jaeger", ports.JAEGER_METRICS),
    ("otel-collector", "alertmanager", ports.ALERTMANAGER),
    ("prometheus", "alertmanager", ports.ALERTMANAGER),
    ("loki", "alertmanager", ports.ALERTMANAGER),
    ("jaeger", "prometheus", ports.PROMETHEUS),
    ("alertmanager", "notifications", ports.SERVICES["notifications"]),
    *(("grafana", "prometheus", ports.PROMETHEUS), ("grafana", "loki", ports.LOKI_HTTP)),
    *(("grafana", "jaeger", ports.JAEGER_QUERY), ("grafana", "alertmanager", ports.ALERTMANAGER)),
}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    return Copy.into(tmp_path_factory.mktemp("manifests")).render("overlays/production")


def calls() -> set[Edge]:
    """From the defaults of the settings, which are the names of containers."""
    found = {("gateway", name, int(url.rpartition(":")[2])) for name, url in _registered()}
    for caller, settings in (("gateway", Gateway), ("orders", Orders), ("notifications", Notifications)):
        for field in fields(settings):
            target = re.fullmatch(r"(?:http://)?([a-z]+):(\d+)", str(field.default))
            if target and target[1] in ports.SERVICES:
                found.add((caller, target[1], int(target[2])))
    return found


def _registered() -> list[tuple[str, str]]:
    return [(name, versions["v1"].instances[0]) for name, versions in SERVICES.items()]


def allowed(objects: list[Object], direction: str, peer: str) -> set[Edge]:
    """By the policies of one direction, as (who asks, who is asked, port)."""
    templates = pods(objects)
    labels = {name: pod["metadata"]["labels"] for name, pod in templates.items()}
    found: set[Edge] = set()
    for policy in of_kind(objects, "NetworkPolicy").values():
        own = _selected(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get(direction, []):
            for other in rule.get(peer, []):
                if "namespaceSelector" in other:
                    continue
                for name in _selected(other["podSelector"], labels):
                    pairs = ((each, name) if direction == "egress" else (name, each) for each in own)
                    found |= {(*pair, port["port"]) for pair in pairs for port in rule["ports"]}
    return found


def _selected(selector: Object, labels: dict[str, dict[str, str]]) -> set[str]:
    wanted = selector.get("matchLabels", {}).items()
    among = [(each["key"], each["values"]) for each in selector.get("matchExpressions", [])]
    return {
        name
        for name, has in labels.items()
        if all(has.get(key) == value for key, value in wanted)
        and all(has.get(key) in any_of for key, any_of in among)
    }


def test_everything_is_denied_that_is_not_allowed(production: list[Object]) -> None:
    spec = of_kind(production, "NetworkPolicy")["default-deny"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_each_edge_is_allowed_at_both_ends_and_no_other_is(production: list[Object]) -> None:
    spans = {(service, "otel-collector", ports.OTLP_HTTP) for service in ports.SERVICES}
    expected = calls() | BACKENDS | spans
    assert allowed(production, "egress", "to") == expected
    assert allowed(production, "ingress", "from") == expected


def test_the_agents_reach_what_they_scrape_and_the_collector(production: list[Object]) -> None:
    policies = of_kind(production, "NetworkPolicy")
    agents = {"matchLabels": {"kubernetes.io/metadata.name": "glasshouse-agent"}}
    scraped = {*ports.SERVICES.values(), ports.GATEWAY_METRICS} - {ports.SERVICES["gateway"]}
    for name, wanted in (("agents-to-services", scraped), ("to-otel-collector", {4317})):
        rules = [
            rule
            for rule in policies[name]["spec"]["ingress"]
            if rule["from"] == [{"namespaceSelector": agents}]
        ]
        assert {port["port"] for rule in rules for port in rule["ports"]} == wanted
