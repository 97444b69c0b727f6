"""The manifests: rendered by kustomize, valid by Kubernetes' own schemas, hardened, and of one table."""

import base64
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from stackctl import ports
from stackctl.paths import ROOT
from stackctl.settings.versions import pinned, setting
from tests.config import hardening
from tests.config.rendered import OVERLAYS, Copy, NotRendered, Object, of_kind, pods, ports_of

# The newest that the schemas know, and the oldest in which `preStop.sleep` needs no feature gate.
KUBERNETES = ("1.37", "1.34")
SERVING = ("Deployment", "StatefulSet", "DaemonSet")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Object]]:
    copy = Copy.into(tmp_path_factory.mktemp("manifests"))
    return {overlay: copy.render(f"overlays/{overlay}") for overlay in OVERLAYS}


def invalid(objects: list[Object], version: str = KUBERNETES[0]) -> Iterator[str]:
    for each in objects:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            yield f"{each['kind']} {each['metadata']['name']}: {error.message}"


def unsafe(objects: list[Object]) -> list[str]:
    serving = of_kind(objects, *SERVING)
    found = (hardening.problems(name, pod, serves=name in serving) for name, pod in pods(objects).items())
    return [problem for each in found for problem in each]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_valid(rendered: dict[str, list[Object]], overlay: str, version: str) -> None:
    assert len(rendered[overlay]) > 70
    assert list(invalid(rendered[overlay], version)) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_has_limits_probes_and_the_restricted_context(
    rendered: dict[str, list[Object]], overlay: str
) -> None:
    assert unsafe(rendered[overlay]) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("service/deployment.yaml", "readinessProbe:", "readynessProbe:", "readynessProbe"),
        (
            "service/deployment.yaml",
            "revisionHistoryLimit: 5",
            "revisionHistoryLimit: five",
            "'five' is not of type",
        ),
        ("backends/loki.yaml", "storage: 10Gi", "storage: [10Gi]", "is not valid"),
        ("production/disruption.yaml", "policy/v1", "policy/v3", "Couldn't find schema"),
        ("production/network.yaml", "podSelector: {}", "podSelectors: {}", "podSelectors"),
    ],
)
def test_an_invalid_object_is_found(tmp_path: Path, file: str, right: str, wrong: str, said: str) -> None:
    copy = Copy.into(tmp_path)
    copy.change(file, right, wrong)
    assert any(said in problem for problem in invalid(copy.render("overlays/production")))


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("service/deployment.yaml", 'limits: { cpu: "1", memory: 160Mi }', "limits: {}", "users: no limits"),
        ("service/deployment.yaml", "livenessProbe:", "x-livenessProbe:", "orders: no livenessProbe"),
        ("service/deployment.yaml", "runAsUser: 10001", "runAsUser: 0", "gateway: may run as root"),
        ("migration/job.yaml", "drop: [ALL]", "drop: []", "migrate-users: may gain privileges"),
        ("backends/jaeger.yaml", "readOnlyRootFilesystem: true", "", "jaeger: may write to its image"),
        ("backends/loki.yaml", "emptyDir: {}", "hostPath: { path: /tmp }", "loki: volume tmp is of a kind"),
        ("backends/loki.yaml", "loki:3.7.8", "loki", "loki: image without a version"),
    ],
)
def test_an_unsafe_pod_is_found(tmp_path: Path, file: str, right: str, wrong: str, said: str) -> None:
    copy = Copy.into(tmp_path)
    copy.change(file, right, wrong)
    assert any(problem.startswith(said) for problem in unsafe(copy.render("overlays/production")))


def test_a_configuration_file_that_is_gone_is_missed(tmp_path: Path) -> None:
    copy = Copy.into(tmp_path)
    (tmp_path / "loki" / "config.yaml").unlink()
    with pytest.raises(NotRendered, match=r"config\.yaml"):
        copy.render("overlays/production")


def test_there_are_no_passwords_before_they_are_made(tmp_path: Path) -> None:
    copy = Copy.into(tmp_path)
    (copy.manifests / "overlays/local/secrets/users.env").unlink()
    with pytest.raises(NotRendered, match=r"users\.env"):
        copy.render("overlays/local")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_ports_are_those_of_the_table(rendered: dict[str, list[Object]], overlay: str) -> None:
    table = {value for value in vars(ports).values() if isinstance(value, int)} | set(ports.SERVICES.values())
    found = {name: ports_of(pod) for name, pod in pods(rendered[overlay]).items()}
    assert {port for named in found.values() for port in named.values()} <= table
    assert {name: named["http"] for name, named in found.items() if name in ports.SERVICES} == ports.SERVICES
    for name, service in of_kind(rendered[overlay], "Service").items():
        for port in service["spec"]["ports"]:
            target = service["spec"]["selector"]["app.kubernetes.io/name"]
            assert port["port"] == found[target][port["targetPort"]], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_images_have_the_versions_of_the_table(rendered: dict[str, list[Object]], overlay: str) -> None:
    names = {
        "prom/prometheus": "prometheus",
        "prom/alertmanager": "alertmanager",
        "grafana/loki": "loki",
        "grafana/grafana": "grafana",
        "jaegertracing/jaeger": "jaeger",
        "otel/opentelemetry-collector-contrib": "otelcol",
        "postgres": "postgres",
        "rabbitmq": "rabbitmq",
    }
    images = {each["image"] for pod in pods(rendered[overlay]).values() for each in pod["spec"]["containers"]}
    for image in images - {image for image in images if "glasshouse/shop" in image}:
        name, _, tag = image.partition(":")
        if names[name] not in pinned():  # the servers of docker-compose.yml, where there is one
            continue
        assert tag.removeprefix("v").removesuffix("-bookworm") == pinned()[names[name]], image


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whatever_a_pod_mounts_or_reads_is_there(rendered: dict[str, list[Object]], overlay: str) -> None:
    maps = of_kind(rendered[overlay], "ConfigMap")
    for name, pod in pods(rendered[overlay]).items():
        volumes = {each["name"]: each for each in pod["spec"].get("volumes", [])}
        claimed = {"data"}
        for container in pod["spec"]["containers"]:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            assert mounted <= volumes.keys() | claimed, name
            read = [
                each["configMapRef"]["name"]
                for each in container.get("envFrom", [])
                if "configMapRef" in each
            ]
            assert set(read) <= maps.keys(), name
        for volume in volumes.values():
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps, name


def test_config_maps_are_the_repositorys_files(rendered: dict[str, list[Object]]) -> None:
    held: dict[str, str] = {}
    for name, each in of_kind(rendered["production"], "ConfigMap").items():
        held |= {} if name.startswith("prometheus-targets") else each["data"]
        assert sum(map(len, each["data"].values())) < 1 << 20, each["metadata"]["name"]
    folders = ("prometheus/rules/production", "loki/rules/production/fake", "dashboards/json")
    files = [
        path for folder in folders for path in (ROOT / folder).glob("*.*") if path.stem != "kustomization"
    ]
    for path in (
        *files,
        ROOT / "prometheus/prometheus.yml",
        ROOT / "alertmanager/production/alertmanager.yml",
    ):
        assert held[path.name] == path.read_text(encoding="utf-8"), path.name


def test_alertmanagers_files_say_the_same_of_its_password(rendered: dict[str, list[Object]]) -> None:
    [made] = [
        {name: base64.b64decode(value) for name, value in each["data"].items()}
        for name, each in of_kind(rendered["local"], "Secret").items()
        if name.startswith("alertmanager-secrets")
    ]
    password = made["alertmanager-password"]
    assert base64.b64decode(made["alertmanager-authorization"]) == b"admin:" + password
    users = yaml.safe_load(made["alertmanager-web.yml"])["basic_auth_users"]
    assert bcrypt.checkpw(password, users["admin"].encode())


def test_the_saga_goes_as_everywhere(rendered: dict[str, list[Object]]) -> None:
    for objects in rendered.values():
        settings = [
            each["data"] for name, each in of_kind(objects, "ConfigMap").items() if "shop-settings" in name
        ]
        assert [each["SAGA_MODE"] for each in settings] == [setting("SAGA_MODE")]


@pytest.mark.parametrize("overlay", ["production", "scale-out"])
def test_production_survives_its_nodes(rendered: dict[str, list[Object]], overlay: str) -> None:
    objects = rendered[overlay]
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for each in of_kind(objects, "HorizontalPodAutoscaler").values()
    }
    assert ports.SERVICES.keys() <= scaled
    assert ports.SERVICES.keys() <= of_kind(objects, "PodDisruptionBudget").keys()
    for name in ports.SERVICES:
        service = of_kind(objects, "Deployment")[name]["spec"]
        assert "replicas" not in service
        assert {each["topologyKey"] for each in service["template"]["spec"]["topologySpreadConstraints"]} == {
            *("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        }


@pytest.mark.parametrize("overlay", ["production", "scale-out"])
def test_production_holds_no_secret_and_the_guide_names_those_it_needs(
    rendered: dict[str, list[Object]], overlay: str
) -> None:
    assert of_kind(rendered[overlay], "Secret") == {}
    wanted = {
        each["secretRef"]["name"]
        for pod in pods(rendered[overlay]).values()
        for container in pod["spec"]["containers"]
        for each in container.get("envFrom", [])
        if "secretRef" in each
    } | {
        volume["secret"]["secretName"]
        for pod in pods(rendered[overlay]).values()
        for volume in pod["spec"].get("volumes", [])
        if "secret" in volume
    }
    guide = (ROOT / "deploy/kubernetes/README.md").read_text(encoding="utf-8")
    assert [name for name in wanted if f"`{name}`" not in guide] == []
