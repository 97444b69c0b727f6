"""Every configuration file is accepted by the program that reads it, in both modes."""

import os
import subprocess
from pathlib import Path

import pytest

from alerts.build import ALERTMANAGER
from alerts.profiles import PROFILES, Profile
from stackctl.fetch import ensure
from stackctl.paths import ROOT
from stackctl.run import backends

NATIVE = backends.environment()
CONTAINERS = {"TRACES_KEPT_PERCENT": "20"}


def accepted(program: str, *arguments: str, env: dict[str, str]) -> None:
    path = ensure([program])[program].path
    result = subprocess.run([path, *arguments], env=env, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("env", [NATIVE, CONTAINERS], ids=["native", "containers"])
@pytest.mark.parametrize(
    "files", [["config.yaml"], ["config.yaml", "sampling.yaml"]], ids=["all kept", "sampled"]
)
def test_the_collector_accepts_its_files(env: dict[str, str], files: list[str], tmp_path: Path) -> None:
    places = {"OTELCOL_DATA_DIR": str(tmp_path), "SERVICE_LOG_DIR": str(tmp_path)}
    configs = [f"--config=otel-collector/{name}" for name in files]
    accepted("otelcol", "validate", *configs, env=env | {"TRACES_KEPT_PERCENT": "20"} | places)


@pytest.mark.parametrize("env", [NATIVE, CONTAINERS], ids=["native", "containers"])
def test_jaeger_accepts_its_file(env: dict[str, str]) -> None:
    accepted("jaeger", "validate", "--config", "jaeger/config.yaml", env=env)


@pytest.mark.parametrize("env", [NATIVE, CONTAINERS], ids=["native", "containers"])
def test_loki_accepts_its_file(env: dict[str, str]) -> None:
    accepted("loki", "-config.file=loki/config.yaml", "-config.expand-env=true", "-verify-config", env=env)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_prometheus_accepts_its_file_and_rules(profile: Profile, tmp_path: Path) -> None:
    laid_out = {"prometheus.yml": "prometheus.yml", "targets": "targets", "rules": f"rules/{profile.name}"}
    for name, file in laid_out.items():
        (tmp_path / name).symlink_to(ROOT / "prometheus" / file)
    assert list(tmp_path.glob("rules/*.yml"))
    check = ("check", "config", "--lint=all", "--lint-fatal", str(tmp_path / "prometheus.yml"))
    accepted("promtool", *check, env=dict(os.environ))


@pytest.mark.parametrize("file", ALERTMANAGER.values(), ids=str)
def test_alertmanager_accepts_its_files(file: Path) -> None:
    accepted("amtool", "check-config", str(file), env=dict(os.environ))


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "config.yaml"
    broken.write_text(
        (ROOT / "jaeger" / "config.yaml").read_text().replace("trace_storage: disk", "trace_storag: disk")
    )
    with pytest.raises(AssertionError):
        accepted("jaeger", "validate", "--config", str(broken), env=NATIVE)
