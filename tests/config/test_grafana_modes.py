"""Grafana has the same files in every mode, and each mode sets every variable in those that it mounts."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.grafana import files
from stackctl.paths import ROOT
from stackctl.run import backends, grafana
from tests.grafana import texts

GRAFANA = ROOT / "grafana"
PROVISIONING = GRAFANA / "provisioning"
INI = GRAFANA / "grafana.ini"
# As Grafana expands it: $NAME and ${NAME}, but not $$.
_VARIABLE = re.compile(r"(?<!\$)\$(?!\$)(?:\{(\w+)\}|([A-Z_]{4,}))")


@dataclass(frozen=True)
class Mode:
    """What Grafana is given: files of this repository and environment variables."""

    mounted: frozenset[Path]
    environment: Mapping[str, str]


def native() -> Mode:
    """./stack points it at the files themselves."""
    everything = {INI, *(path for path in PROVISIONING.rglob("*.yml"))}
    here = dict.fromkeys(grafana_settings(), "set")
    return Mode(frozenset(everything), backends.environment() | here)


def grafana_settings() -> set[str]:
    """Without the credentials that it reads from this machine."""
    source = Path(grafana.__file__).read_text(encoding="utf-8")
    return set(re.findall(r'"([A-Z_]{4,})":', source))


def compose() -> Mode:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    sources = [ROOT / volume.split(":")[0] for volume in service["volumes"] if volume.startswith("./grafana")]
    found = {path for source in sources for path in ([source] if source.is_file() else source.rglob("*.yml"))}
    return Mode(frozenset(found), service["environment"])


def kubernetes() -> Mode:
    manifest = ROOT / "deploy/kubernetes/backends/grafana.yaml"
    pod = next(iter(yaml.safe_load_all(manifest.read_text())))["spec"]["template"]["spec"]
    kustomization = yaml.safe_load((GRAFANA / "kustomization.yaml").read_text())
    made = {each["name"]: each["files"] for each in kustomization["configMapGenerator"]}
    volumes = {volume["name"]: volume.get("configMap", {}).get("name") for volume in pod["volumes"]}
    [container] = pod["containers"]
    mounted = [volumes.get(mount["name"]) for mount in container["volumeMounts"]]
    found = {GRAFANA / file for name in mounted for file in made.get(name, [])}
    return Mode(frozenset(found), {each["name"]: each["value"] for each in container["env"]})


MODES = {"native": native(), "compose": compose(), "kubernetes": kubernetes()}
BY_MODE = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)


def expected_in(path: Path, overridden: set[str]) -> set[str]:
    if path.suffix == ".ini":
        return {
            name
            for section, values in ini().items()
            for key, value in values.items()
            if not {setting(section, key), f"{setting(section, key)}__FILE"} & overridden
            for name in variables(value)
        }
    return {name for text in texts(yaml.safe_load(path.read_text())) for name in variables(text)}


def variables(text: str) -> set[str]:
    return {braced or bare for braced, bare in _VARIABLE.findall(text)}


def setting(section: str, key: str) -> str:
    """The environment variable that overrides a setting."""
    return f"GF_{section.upper().replace('.', '_')}_{key.upper()}"


def ini() -> Mapping[str, Mapping[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(INI.read_text(encoding="utf-8"))
    return {section: dict(parser[section]) for section in parser.sections()}


@BY_MODE
def test_every_variable_in_what_a_mode_mounts_is_set_there(mode: Mode) -> None:
    """In rules, `$labels` and the like are for later: variables have capitals."""
    needed = {name for path in mode.mounted for name in expected_in(path, set(mode.environment))}
    assert len(needed) >= 8
    # The start of the image sets GF_X to what stands in the file GF_X__FILE.
    given = {name.removesuffix("__FILE") if name.startswith("GF_") else name for name in mode.environment}
    assert needed - {"__value", "__tags", "__trace"} <= given


@BY_MODE
def test_every_mode_has_the_settings_the_data_sources_and_the_dashboards(mode: Mode) -> None:
    sources = PROVISIONING / "datasources" / "backends.yml"
    assert {INI, sources, PROVISIONING / "dashboards" / "glasshouse.yml"} <= mode.mounted


def test_where_rules_are_mounted_their_contact_point_can_be_reached() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    host = MODES["compose"].environment["NOTIFICATIONS_HOST"]
    assert set(services["grafana"]["networks"]) & set(services[host]["networks"])
    assert "NOTIFICATIONS_HOST" in str(files()["contact_points"])


def test_nothing_is_installed_replaced_or_sent() -> None:
    settings = ini()
    assert settings["plugins"] == {"preinstall_disabled": "true", "preinstall_auto_update": "false"}
    assert settings["analytics"]["reporting_enabled"] == settings["analytics"]["check_for_updates"] == "false"


def test_who_may_look_may_follow_a_link_to_a_trace() -> None:
    """Explore is closed to a Viewer, unless viewers may edit what they cannot save."""
    assert ini()["auth.anonymous"]["org_role"] == "Viewer"
    assert ini()["users"]["viewers_can_edit"] == "true"


@pytest.mark.parametrize("mode", ["compose", "kubernetes"])
def test_grafana_has_half_a_gigabyte(mode: str) -> None:
    assert memory(mode) in ("512m", "512Mi")
    assert MODES[mode].environment["GOMEMLIMIT"] == "400MiB"


def memory(mode: str) -> Any:
    if mode == "compose":
        return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["mem_limit"]
    manifest = ROOT / "deploy/kubernetes/backends/grafana.yaml"
    pod = next(iter(yaml.safe_load_all(manifest.read_text())))["spec"]["template"]["spec"]
    return pod["containers"][0]["resources"]["limits"]["memory"]


def test_the_native_grafana_is_started_with_that_file() -> None:
    assert grafana.CONFIG == INI
