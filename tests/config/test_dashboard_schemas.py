"""Every dashboard, panel and query fits a closed schema: Grafana would ignore what it does not know."""

from collections.abc import Mapping

import pytest

from tests.config.closed_schemas import defects, published, written_here
from tests.grafana import Json, all_queries, dashboards, panels

UIDS = sorted(dashboards())
PANELS = [
    pytest.param(panel, id=f"{uid}-{panel['id']}") for uid in UIDS for panel in panels(dashboards()[uid])
]

# Of each kind of panel: its options, and its fields' own settings where it has some.
KINDS: Mapping[str, tuple[str, str | None]] = {
    "timeseries": ("opt_timeseries", "fc_timeseries"),
    "stat": ("opt_stat", None),
    "bargauge": ("opt_bargauge", None),
    "heatmap": ("opt_heatmap", "fc_heatmap"),
    "state-timeline": ("opt_statetimeline", "fc_statetimeline"),
    "table": ("opt_table", "fc_table"),
    "logs": ("opt_logs", None),
    "nodeGraph": ("opt_nodegraph", None),
}


@pytest.mark.parametrize("uid", UIDS)
def test_a_dashboard_fits_its_schema(uid: str) -> None:
    """Annotations from Loki have keys of their own, which the published schema lacks."""
    dashboard = {**dashboards()[uid], "annotations": {"list": []}}
    assert defects(dashboard, published("dashboard_v1")) == []
    assert dashboard["schemaVersion"] == 42


@pytest.mark.parametrize("uid", UIDS)
def test_its_annotations_and_variables_fit_theirs(uid: str) -> None:
    dashboard = dashboards()[uid]
    annotations = dashboard["annotations"]["list"]
    assert annotations
    assert [found for each in annotations for found in defects(each, written_here("annotation_loki"))] == []
    asked = [variable["query"] for variable in dashboard["templating"]["list"]]
    assert [
        found for each in asked for found in defects(each, written_here("variable_query_prometheus"))
    ] == []


@pytest.mark.parametrize("panel", PANELS)
def test_the_options_of_a_panel_fit_the_schema_of_its_kind(panel: Json) -> None:
    options, _ = KINDS[panel["type"]]
    assert defects(panel["options"], published(options)) == []


@pytest.mark.parametrize("panel", PANELS)
def test_the_field_settings_of_a_panel_fit_the_schema_of_its_kind(panel: Json) -> None:
    _, settings = KINDS[panel["type"]]
    field = panel["fieldConfig"]["defaults"]
    if settings is None:
        assert "custom" not in field
    else:
        schema = written_here(settings) if settings == "fc_statetimeline" else published(settings)
        assert defects(field["custom"], schema) == []
    assert [
        found for link in field.get("links", []) for found in defects(link, written_here("data_link"))
    ] == []
    mappings = field.get("mappings", [])
    assert [found for each in mappings for found in defects(each, written_here("value_mapping"))] == []


@pytest.mark.parametrize("panel", PANELS)
def test_overrides_and_transformations_fit_their_schemas(panel: Json) -> None:
    properties = [each for override in panel["fieldConfig"]["overrides"] for each in override["properties"]]
    assert [found for each in properties for found in defects(each, written_here("override"))] == []
    steps = panel.get("transformations", [])
    assert [found for each in steps for found in defects(each, written_here("transformation"))] == []


@pytest.mark.parametrize("query", all_queries(), ids=str)
def test_a_query_fits_the_schema_of_its_data_source(query: object) -> None:
    target = query.target  # type: ignore[attr-defined]
    assert defects(target, written_here(f"target_{target['datasource']['type']}")) == []


def test_a_key_that_grafana_does_not_know_is_found() -> None:
    """The schemas are closed at each of the levels."""
    panel = next(each for each in panels(dashboards()["service"]) if each["type"] == "timeseries")
    dashboard = {**dashboards()["service"], "annotations": {"list": []}, "refesh": "10s"}
    assert defects(dashboard, published("dashboard_v1"))
    assert defects({**panel["options"], "legnd": {}}, published("opt_timeseries"))
    assert defects(
        {**panel["fieldConfig"]["defaults"]["custom"], "drawstyle": "line"}, published("fc_timeseries")
    )
    assert defects({**panel["targets"][0], "expresion": "up"}, written_here("target_prometheus"))
