"""The releases as data agree with the pins in .env and in backends/."""

import re

import pytest
import yaml

from stackctl.fetch.catalogue import units
from stackctl.fetch.releases import Platform, Unit

UNITS = {unit.name: unit for unit in units()}


def required(unit: Unit) -> dict[str, str]:
    """Map each module in the unit's go.mod to its version."""
    text = (unit.source.folder / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^\t(\S+) (v\S+)", text, re.MULTILINE))


def test_all_programs_of_the_stack_belong_to_a_release() -> None:
    programs = {program for unit in UNITS.values() for program in unit.programs}
    stack = {"otelcol", "prometheus", "promtool", "alertmanager", "amtool", "jaeger", "loki"}
    assert programs == stack | {"actionlint", "kustomize"}


@pytest.mark.parametrize(
    ("unit", "module", "version"),
    [
        ("prometheus", "github.com/prometheus/prometheus", lambda pinned: pinned.replace("3.", "v0.3", 1)),
        ("alertmanager", "github.com/prometheus/alertmanager", lambda pinned: f"v{pinned}"),
        ("loki", "github.com/grafana/loki/v3", lambda pinned: f"v{pinned}"),
        ("jaeger", "github.com/jaegertracing/jaeger", lambda pinned: pinned.replace("2.13", "v1.76")),
        ("otelcol", "go.opentelemetry.io/collector/receiver/otlpreceiver", lambda pinned: f"v{pinned}"),
        ("actionlint", "github.com/rhysd/actionlint", lambda pinned: f"v{pinned}"),
        ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", lambda pinned: f"v{pinned}"),
    ],
)
def test_the_modules_are_of_the_pinned_release(unit: str, module: str, version) -> None:  # type: ignore[no-untyped-def]
    assert required(UNITS[unit])[module] == version(UNITS[unit].version)


@pytest.mark.parametrize("unit", [unit for unit in UNITS.values() if not unit.source.generator], ids=str)
def test_what_is_built_is_what_go_mod_names_as_its_tools(unit: Unit) -> None:
    text = (unit.source.folder / "go.mod").read_text(encoding="utf-8")
    tools = re.search(r"^tool (?:\(\n(.*?)\n\)|(\S+)$)", text, re.MULTILINE | re.DOTALL)
    assert tools is not None
    assert (tools.group(1) or tools.group(2)).split() == list(unit.source.packages)


def test_the_collector_says_the_pinned_version() -> None:
    unit = UNITS["otelcol"]
    config = yaml.safe_load((unit.source.folder / "builder.yaml").read_text(encoding="utf-8"))
    assert config["dist"]["version"] == unit.version


def test_the_collectors_components_are_pinned_by_its_go_mod() -> None:
    unit = UNITS["otelcol"]
    config = yaml.safe_load((unit.source.folder / "builder.yaml").read_text(encoding="utf-8"))
    named = {entry["gomod"] for kind, entries in config.items() if kind != "dist" for entry in entries}
    pinned = {f"{module} {version}" for module, version in required(unit).items()}
    assert named - pinned == set()


def test_jaegers_two_archives_are_under_the_tag_of_the_older() -> None:
    assert UNITS["jaeger"].version == "2.13.0"
    assert UNITS["jaeger"].archive.folder == "jaegertracing/jaeger/releases/download/v1.76.0"


@pytest.mark.parametrize(
    ("platform", "archives"),
    [
        (
            ("linux", "amd64"),
            [
                "otelcol-contrib_0.155.0_linux_amd64.tar.gz",
                "prometheus-3.15.0.linux-amd64.tar.gz",
                "alertmanager-0.31.1.linux-amd64.tar.gz",
                "jaeger-2.13.0-linux-amd64.tar.gz",
                "loki-linux-amd64.zip",
                "actionlint_1.7.12_linux_amd64.tar.gz",
                "kustomize_v5.8.2_linux_amd64.tar.gz",
            ],
        ),
        (
            ("darwin", "arm64"),
            [
                "otelcol-contrib_0.155.0_darwin_arm64.tar.gz",
                "prometheus-3.15.0.darwin-arm64.tar.gz",
                "alertmanager-0.31.1.darwin-arm64.tar.gz",
                "jaeger-2.13.0-darwin-arm64.tar.gz",
                "loki-darwin-arm64.zip",
                "actionlint_1.7.12_darwin_arm64.tar.gz",
                "kustomize_v5.8.2_darwin_arm64.tar.gz",
            ],
        ),
    ],
)
def test_archives_are_called_as_their_projects_publish_them(platform: Platform, archives: list[str]) -> None:
    assert [unit.archive.name for unit in units(platform)] == archives


def test_programs_are_where_the_official_archives_have_them() -> None:
    archives = [unit.archive for unit in units(("linux", "arm64"))]
    assert {name: path for archive in archives for name, path in archive.members.items()} == {
        "otelcol": "otelcol-contrib",
        "prometheus": "prometheus-3.15.0.linux-arm64/prometheus",
        "promtool": "prometheus-3.15.0.linux-arm64/promtool",
        "alertmanager": "alertmanager-0.31.1.linux-arm64/alertmanager",
        "amtool": "alertmanager-0.31.1.linux-arm64/amtool",
        "jaeger": "jaeger-2.13.0-linux-arm64/jaeger",
        "loki": "loki-linux-arm64",
        "actionlint": "actionlint",
        "kustomize": "kustomize",
    }
