"""Images in place of those that cannot be pulled here: their tags, users, paths and entry points."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl import fetch
from stackctl.paths import ROOT
from stackctl.settings.versions import settings
from tests.containers import debian
from tests.containers.engine import Engine

_STANDINS = Path(__file__).parent / "standins"
_BASE = "glasshouse-test/debian"


@dataclass(frozen=True)
class StandIn:
    """`programs` come from the cache of the native stack. `tag` has names of `.env` in braces."""

    name: str
    tag: str
    programs: tuple[str, ...] = ()


STAND_INS = (
    StandIn("python", "python:{PYTHON_VERSION}-slim-bookworm"),
    StandIn("postgres", "postgres:{POSTGRES_VERSION}-bookworm"),
    StandIn("rabbitmq", "rabbitmq:{RABBITMQ_VERSION}"),
    StandIn("redis", "redis:{REDIS_VERSION}-bookworm"),
    StandIn("otelcol", "otel/opentelemetry-collector-contrib:{OTELCOL_VERSION}", ("otelcol",)),
    StandIn("jaeger", "jaegertracing/jaeger:{JAEGER_VERSION}", ("jaeger",)),
    StandIn("loki", "grafana/loki:{LOKI_VERSION}", ("loki",)),
    StandIn("prometheus", "prom/prometheus:v{PROMETHEUS_VERSION}", ("prometheus", "promtool", "busybox")),
    StandIn(
        "alertmanager", "prom/alertmanager:v{ALERTMANAGER_VERSION}", ("alertmanager", "amtool", "busybox")
    ),
    StandIn("grafana", "grafana/grafana:{GRAFANA_VERSION}", ("busybox",)),
)


def make_all(engine: Engine) -> None:
    """The stand-ins, and on them the image of the shop, by the Dockerfile that everybody uses."""
    root = debian.root()
    engine.run("docker", "import", str(root), _BASE)
    with tempfile.TemporaryDirectory() as folder:
        programs = _programs(root, Path(folder))
        for stand_in in STAND_INS:
            _make(engine, stand_in, programs)
    make_shop(engine, "glasshouse/shop:dev")


def make_shop(engine: Engine, tag: str, *options: str) -> None:
    python = f"PYTHON_VERSION={settings()['PYTHON_VERSION']}"
    dockerfile = ("--file", "apps/Dockerfile", "--build-arg", python)
    engine.run("docker", "build", *options, *dockerfile, "--tag", tag, ".", cwd=ROOT)


def _programs(root: Path, folder: Path) -> Mapping[str, Path]:
    wanted = {name for stand_in in STAND_INS for name in stand_in.programs} - {"busybox"}
    subprocess.run(
        ["tar", "-C", folder, "-xf", root, "--wildcards", "*/bin/busybox"], check=True, capture_output=True
    )
    [busybox] = folder.rglob("busybox")
    found = {name: program.path for name, program in fetch.ensure(sorted(wanted)).items()}
    return {**found, "busybox": busybox}


def _make(engine: Engine, stand_in: StandIn, programs: Mapping[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / "context"
        shutil.copytree(_STANDINS / stand_in.name, context)
        (context / "empty").mkdir()
        _lay_in(context, (programs[name] for name in stand_in.programs))
        if stand_in.name == "python":
            shutil.copytree(debian.wheels(), context / "wheels")
        engine.run("docker", "build", "--tag", stand_in.tag.format(**settings()), str(context))


def _lay_in(context: Path, files: Iterable[Path]) -> None:
    for file in files:
        try:
            os.link(file, context / file.name)
        except OSError:
            shutil.copy2(file, context / file.name)
