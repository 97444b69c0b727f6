"""What the manifests repeat of other files, because it must stand there, is the same as in them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.registry import parse_registry
from stackctl.deploy import analysis, queries
from stackctl.fetch import ensure
from stackctl.paths import ROOT
from stackctl.run import rabbitmq
from tests.config.rendered import Copy, of_kind

KUBERNETES = ROOT / "deploy" / "kubernetes"
COLLECTOR = ROOT / "otel-collector" / "config.yaml"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "files",
    [
        [KUBERNETES / "agent/config.yaml"],
        [COLLECTOR, KUBERNETES / "collector/gateway-config.yaml"],
        [
            COLLECTOR,
            KUBERNETES / "overlays/scale-out/gateway-config.yaml",
            ROOT / "otel-collector" / "sampling.yaml",
        ],
        [COLLECTOR, ROOT / "deploy" / "sidecar" / "config.yaml"],
    ],
    ids=["agent", "gateway", "scale-out", "sidecar"],
)
def test_the_collector_accepts_its_files(files: list[Path]) -> None:
    otelcol = ensure(["otelcol"])["otelcol"].path
    places = {"POD_IP": "127.0.0.1", "NODE_NAME": "node", "TRACES_KEPT_PERCENT": "5"}
    places |= {"PORT": "5001", "OTEL_SERVICE_NAME": "users", "INSTANCE": "users-1"}
    places |= {"GATEWAY_URL": "http://gateway:4318", "GATEWAY_TOKEN": "token"}
    command = [str(otelcol), "validate", *(f"--config={path}" for path in files)]
    result = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_agent_reads_lines_as_the_collector_does() -> None:
    first, parser, *rest = read(KUBERNETES / "agent/config.yaml")["receivers"]["file_log"]["operators"]
    there, *following = read(COLLECTOR)["receivers"]["file_log"]["operators"]
    assert first["type"] == "container"
    assert parser == there | {"parse_from": "body", "parse_to": "attributes"}
    assert rest == following


@pytest.fixture(scope="module")
def rollout(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    copy = Copy.into(tmp_path_factory.mktemp("manifests"))
    overlay = copy.manifests / "overlays" / "rollouts"
    overlay.mkdir()
    overlay.joinpath("kustomization.yaml").write_text(
        "resources: [../production]\ncomponents: [../../rollouts]\n"
    )
    return copy.render("overlays/rollouts")


def test_a_rollout_is_judged_by_the_queries_of_deploy(rollout: list[dict[str, Any]]) -> None:
    metrics = of_kind(rollout, "AnalysisTemplate")["products-canary"]["spec"]["metrics"]
    asked = {each["name"]: each["provider"]["prometheus"]["query"] for each in metrics}
    canary, stable, window = ("products", "canary"), ("products", "stable"), "2m"
    difference = f"{queries.error_ratio(*canary, window)} - ({queries.error_ratio(*stable, window)})"
    score = queries.error_score(*canary, "stable", window)
    slower = f"{queries.mean_duration(*canary, window)} - ({queries.mean_duration(*stable, window)})"
    assert asked == {
        "requests": queries.requests(*canary, window),
        "more-errors-than-chance-makes": f"({score}) and ({difference}) >= {analysis.SHARE_MATTERS:g}",
        "seconds-slower": slower,
    }
    assert f">= {analysis.SECONDS_MATTER:g}" in metrics[-1]["failureCondition"]
    assert f">= {analysis.Limits().least_requests}" in metrics[0]["successCondition"]


def test_prometheus_understands_the_queries_of_a_rollout(
    rollout: list[dict[str, Any]], tmp_path: Path
) -> None:
    metrics = of_kind(rollout, "AnalysisTemplate")["products-canary"]["spec"]["metrics"]
    rules = [{"record": "x:y", "expr": each["provider"]["prometheus"]["query"]} for each in metrics]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "rollout", "rules": rules}]}))
    promtool = ensure(["promtool"])["promtool"].path
    result = subprocess.run([promtool, "check", "rules", "--lint=none", file], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_gateway_draws_between_the_services_that_a_rollout_switches(
    rollout: list[dict[str, Any]],
) -> None:
    settings = [
        each for name, each in of_kind(rollout, "ConfigMap").items() if name.startswith("shop-settings")
    ]
    registry = parse_registry(settings[0]["data"]["SERVICES_JSON"])
    hosts = {
        name: version.instances[0].removeprefix("http://").removesuffix(":5002")
        for name, version in registry["products"].items()
    }
    canary = of_kind(rollout, "Rollout")["products"]["spec"]["strategy"]["canary"]
    assert hosts == {"stable": canary["stableService"], "canary": canary["canaryService"]}
    assert set(hosts.values()) <= of_kind(rollout, "Service").keys()
    assert sum(version.weight for version in registry["products"].values()) == 100


def test_rabbitmq_soon_retries_what_a_crash_held_up() -> None:
    [manifest] = [
        each
        for each in yaml.safe_load_all((KUBERNETES / "data/rabbitmq.yaml").read_text(encoding="utf-8"))
        if each["kind"] == "StatefulSet"
    ]
    [container] = manifest["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] == rabbitmq.DEAD_LETTERS_AGAIN_AFTER
