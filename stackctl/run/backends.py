"""The five real backends as local processes: their flags, configuration files and ports."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stackctl import ports
from stackctl.paths import ROOT, data_dir, logs_dir
from stackctl.run import alert_profiles
from stackctl.run.components import Component, Tier
from stackctl.settings import alertmanager_login, credentials, discovery
from stackctl.settings.versions import setting

if TYPE_CHECKING:
    from stackctl.fetch import Program

PROGRAMS = ("alertmanager", "prometheus", "loki", "jaeger", "otelcol")

# Where the others are, for the placeholders in the configuration files; their defaults are the compose names.
_HOSTS = (*ports.SERVICES, "otelcol", "prometheus", "alertmanager", "loki", "jaeger")
_PLACES = {f"{name.upper()}_HOST": ports.HOST for name in _HOSTS} | {"BIND_HOST": ports.HOST}


def backends(programs: Mapping[str, "Program"]) -> list[Component]:
    """Describe every backend, run by these programs (keys: PROGRAMS), in the order of `status`."""
    return [
        _otelcol(programs["otelcol"]),
        _prometheus(programs["prometheus"]),
        _alertmanager(programs["alertmanager"]),
        _loki(programs["loki"]),
        _jaeger(programs["jaeger"]),
    ]


def otelcol_configs() -> list[str]:
    """The Collector's configuration files, in merge order; no sampler while all traces are kept."""
    folder = ROOT / "otel-collector"
    configs = [f"--config={folder / 'config.yaml'}"]
    if float(traces_kept_percent()) < 100:
        configs.append(f"--config={folder / 'sampling.yaml'}")
    return configs


def traces_kept_percent() -> str:
    return os.environ.get("TRACES_KEPT_PERCENT") or setting("TRACES_KEPT_PERCENT")


def environment() -> dict[str, str]:
    """What the placeholders in the configuration files stand for when everything runs as local processes."""
    return _PLACES | {
        "OTELCOL_DATA_DIR": str(data_dir("otel-collector")),
        "LOKI_DATA_DIR": str(data_dir("loki")),
        "LOKI_RULES_DIR": str(alert_profiles.loki_rules()),
        "JAEGER_DATA_DIR": str(data_dir("jaeger")),
        "SERVICE_LOG_DIR": str(logs_dir()),
        "SERVICE_INSTANCES_FILE": str(discovery.scrape_file()),
        "TRACES_KEPT_PERCENT": traces_kept_percent(),
        "ALERTMANAGER_PASSWORD_FILE": str(credentials.file(alertmanager_login.PASSWORD)),
        "ALERTMANAGER_AUTHORIZATION_FILE": str(credentials.file(alertmanager_login.AUTHORIZATION)),
    }


def _otelcol(program: "Program") -> Component:
    return Component(
        name="otel-collector",
        argv=(str(program.path), *otelcol_configs(), "--feature-gates=stanza.synchronousLogEmitter"),
        ready_url=ports.url(ports.OTELCOL_HEALTH),
        ports=(ports.OTLP_GRPC, ports.OTLP_HTTP, ports.OTELCOL_HEALTH, ports.OTELCOL_METRICS),
        env=environment() | {"GOMEMLIMIT": "450MiB"},
        source=program.source,
        tier=Tier.PIPELINE,
    )


def _prometheus(program: "Program") -> Component:
    return Component(
        name="prometheus",
        argv=(
            str(program.path),
            f"--config.file={alert_profiles.prometheus_config()}",
            f"--storage.tsdb.path={data_dir('prometheus')}",
            f"--web.listen-address={ports.HOST}:{ports.PROMETHEUS}",
            "--web.enable-otlp-receiver",
            # A pattern that no web page's address matches; by default all do.
            "--web.cors.origin=nobody",
            "--enable-feature=exemplar-storage,promql-extended-range-selectors",
            # How soon Alertmanager sees that Prometheus has gone silent: after four of these.
            "--rules.alert.resend-delay=15s",
            "--log.level=warn",
        ),
        ready_url=ports.url(ports.PROMETHEUS, "/-/ready"),
        ports=(ports.PROMETHEUS,),
        source=program.source,
    )


def _alertmanager(program: "Program") -> Component:
    return Component(
        name="alertmanager",
        argv=(
            str(program.path),
            f"--config.file={alert_profiles.alertmanager_config()}",
            f"--storage.path={data_dir('alertmanager')}",
            f"--web.config.file={credentials.file(alertmanager_login.WEB_CONFIG)}",
            f"--web.listen-address={ports.HOST}:{ports.ALERTMANAGER}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ),
        ready_url=ports.url(ports.ALERTMANAGER, "/-/ready"),
        authorization=alertmanager_login.header(),
        ports=(ports.ALERTMANAGER,),
        source=program.source,
    )


def _loki(program: "Program") -> Component:
    return Component(
        name="loki",
        argv=(str(program.path), f"-config.file={ROOT / 'loki' / 'config.yaml'}", "-config.expand-env=true"),
        ready_url=ports.url(ports.LOKI_HTTP, "/ready"),
        ports=(ports.LOKI_HTTP, ports.LOKI_GRPC),
        env=environment(),
        source=program.source,
    )


def _jaeger(program: "Program") -> Component:
    return Component(
        name="jaeger",
        argv=(str(program.path), "--config", str(ROOT / "jaeger" / "config.yaml")),
        ready_url=ports.url(ports.JAEGER_HEALTH, "/status"),
        ports=(
            ports.JAEGER_QUERY,
            ports.JAEGER_QUERY_GRPC,
            ports.JAEGER_OTLP_GRPC,
            ports.JAEGER_OTLP_HTTP,
            ports.JAEGER_HEALTH,
            ports.JAEGER_METRICS,
        ),
        env=environment(),
        source=program.source,
    )
