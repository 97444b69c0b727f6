"""The start of every service: an observed APIFlask app whose errors are JSON, and a place for its parts."""

from collections.abc import Mapping
from typing import TypeVar

from apiflask import APIFlask
from flask import Flask, current_app

import glasshouse_telemetry as telemetry
from chassis import allowed_hosts, environment, faults, service_token
from chassis.error_responses import answer_errors_as_json
from chassis.metrics_port import PATH, MetricsPort
from chassis.openapi import describe
from chassis.path_parts import PathPart
from chassis.request_bodies import refuse_broken_bodies
from chassis.strict_json import JSONRequest, StrictJSONProvider
from chassis.transaction_retry import try_again_when_lost

MAX_BODY_BYTES = 64 * 1024

T = TypeVar("T")


def new_service(
    name: str, version: str, peers: Mapping[str, str] | None = None, internal: bool = True
) -> APIFlask:
    """`peers` maps the base URLs of the services that this one calls to their names, for its telemetry.
    `internal`: only other services ask it (chassis/service_token.py).

    A deployment may name the version otherwise than the code does (SERVICE_VERSION), and give the metrics a
    port of their own (METRICS_PORT).
    """
    app = APIFlask(
        f"apps.{name}",
        title=f"Glasshouse {name}",
        version=version,
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None; APIFlask's annotation forgets it
    )
    app.request_class = JSONRequest
    app.json = StrictJSONProvider(app)
    app.url_map.converters["default"] = PathPart
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    answer_errors_as_json(app)
    refuse_broken_bodies(app)
    try_again_when_lost(app)
    describe(app)
    metrics_port = environment.whole("METRICS_PORT", 0)
    telemetry.instrument(
        app,
        service_name=name,
        service_version=environment.text("SERVICE_VERSION", version),
        peers=peers,
        quiet_routes=("/healthz", "/readyz"),
        metrics_path=None if metrics_port else PATH,
    )
    if metrics_port:
        app.wsgi_app = MetricsPort(app.wsgi_app, metrics_port)  # type: ignore[method-assign]
    allowed_hosts.require(app)
    if internal:
        service_token.require(app)
    faults.watch()
    return app


def register(app: Flask, part: object) -> None:
    """Give the app a part that its routes find by type with `resolve`."""
    app.extensions[type(part).__qualname__] = part


def resolve(kind: type[T], app: Flask | None = None) -> T:
    """The part of this type: of the app that serves the current request, or of `app`."""
    part = (app or current_app).extensions[kind.__qualname__]
    assert isinstance(part, kind)
    return part
