"""Grafana's provisioning files: closed schemas, and every name in one place is there in the other."""

import re
from typing import Any

import pytest
import yaml

from stackctl import ports
from stackctl.paths import ROOT
from stackctl.run import backends
from tests.config.closed_schemas import defects, written_here
from tests.grafana import dashboards, texts

PROVISIONING = ROOT / "grafana" / "provisioning"


def document(path: str) -> Any:
    return yaml.safe_load((PROVISIONING / path).read_text(encoding="utf-8"))


FILE = document("datasources/backends.yml")
SOURCES: dict[str, Any] = {source["uid"]: source for source in FILE["datasources"]}
PROVIDERS = document("dashboards/glasshouse.yml")


def test_the_data_sources_fit_their_schema() -> None:
    assert defects(FILE, written_here("data_sources_file")) == []


@pytest.mark.parametrize("uid", SOURCES)
def test_the_settings_of_a_data_source_fit_the_schema_of_its_kind(uid: str) -> None:
    source = SOURCES[uid]
    assert defects(source["jsonData"], written_here(f"settings_{source['type']}")) == []


def test_the_provider_of_dashboards_fits_its_schema() -> None:
    assert defects(PROVIDERS, written_here("dashboard_providers_file")) == []


def test_a_key_that_grafana_does_not_know_is_found() -> None:
    misspelt = {**SOURCES["loki"]["jsonData"], "derivedFeilds": []}
    assert defects(misspelt, written_here("settings_loki"))
    assert defects({**FILE, "datasource": []}, written_here("data_sources_file"))


def test_the_four_backends_are_there_and_one_is_the_default() -> None:
    assert sorted(SOURCES) == ["alertmanager", "jaeger", "loki", "prometheus"]
    assert [uid for uid, source in SOURCES.items() if source.get("isDefault")] == ["prometheus"]
    assert all(source["type"] == uid for uid, source in SOURCES.items())


def test_every_link_between_data_sources_leads_to_one_that_is_there() -> None:
    linked = re.findall(r"'(?:datasourceUid|alertmanagerUid)': '(\w+)'", str(FILE))
    assert len(linked) >= 6
    assert set(linked) <= set(SOURCES)


def test_every_signal_leads_to_the_others() -> None:
    settings = {uid: source["jsonData"] for uid, source in SOURCES.items()}
    exemplar = settings["prometheus"]["exemplarTraceIdDestinations"][0]
    line = settings["loki"]["derivedFields"][0]
    assert (exemplar["name"], exemplar["datasourceUid"]) == ("trace_id", "jaeger")
    assert (line["matcherRegex"], line["datasourceUid"]) == ("trace_id", "jaeger")
    assert settings["jaeger"]["tracesToLogsV2"]["datasourceUid"] == "loki"
    assert settings["jaeger"]["tracesToMetrics"]["datasourceUid"] == "prometheus"


def test_every_data_source_of_a_dashboard_is_provisioned() -> None:
    used = {
        (node["type"], node["uid"])
        for dashboard in dashboards().values()
        for node in nodes_named("datasource", dashboard)
    }
    assert len(used) == 3
    assert used <= {(source["type"], uid) for uid, source in SOURCES.items()}


def test_an_address_is_a_variable_that_grafana_is_given_and_the_port_of_the_table() -> None:
    addresses = {uid: source["url"] for uid, source in SOURCES.items()}
    assert addresses == {
        "prometheus": f"http://${{PROMETHEUS_HOST}}:{ports.PROMETHEUS}",
        "loki": f"http://${{LOKI_HOST}}:{ports.LOKI_HTTP}",
        "jaeger": f"http://${{JAEGER_HOST}}:{ports.JAEGER_QUERY}",
        "alertmanager": f"http://${{ALERTMANAGER_HOST}}:{ports.ALERTMANAGER}",
    }


def test_a_dollar_is_either_a_variable_that_is_set_or_doubled() -> None:
    """Grafana expands $NAME and ${NAME} to nothing when it is not set, and knows no defaults."""
    found = [text for source in [FILE, PROVIDERS] for text in texts(source) if "$" in text]
    single = {
        name
        for text in found
        for name in re.findall(r"(?<!\$)\$(?!\$)\{?(\w+[^}\s]*)", text.replace("$$", "\0"))
    }
    assert single <= {*backends.environment(), "DASHBOARDS_DIR", "GF_ALERTMANAGER_PASSWORD"}
    assert any("$$" in text for text in found)


def test_grafana_finds_every_folder_that_it_looks_into() -> None:
    """Of one that is missing it complains at each start."""
    looked_into = {"datasources", "dashboards", "alerting", "plugins"}
    assert {path.name for path in PROVISIONING.iterdir()} == looked_into


def test_the_scrape_interval_that_rates_rest_on_is_the_collectors() -> None:
    collector = yaml.safe_load((ROOT / "otel-collector" / "config.yaml").read_text())
    interval = collector["receivers"]["prometheus"]["config"]["global"]["scrape_interval"]
    assert SOURCES["prometheus"]["jsonData"]["timeInterval"] == interval


def nodes_named(name: str, node: object) -> list[Any]:
    """What stands under this key, anywhere."""
    if isinstance(node, dict):
        here = [node[name]] if name in node else []
        return here + [found for value in node.values() for found in nodes_named(name, value)]
    return [found for value in node for found in nodes_named(name, value)] if isinstance(node, list) else []
