"""What comes from this repository: the dashboards' definitions, what the home page shows, the runbooks."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from console.home import PANELS
from dashboards.boards import ALL

_RUNBOOKS = Path(__file__).parent.parent / "docs" / "runbooks"
_NAME = re.compile(r"[A-Za-z]{1,60}")


def blueprint() -> Blueprint:
    routes = Blueprint("catalogue_api", __name__, url_prefix="/api")

    @routes.get("/dashboards")
    def dashboards() -> Response:
        return jsonify(
            [{"uid": each.uid, "title": each.title, "description": each.description} for each in ALL]
        )

    @routes.get("/dashboards/<uid>")
    def dashboard(uid: str) -> Response:
        found = definitions().get(uid)
        return jsonify(found) if found else abort(404)

    @routes.get("/home")
    def home() -> Response:
        return jsonify({name: panel(uid, title) for name, (uid, title) in PANELS.items()})

    @routes.get("/runbooks/<name>")
    def runbook(name: str) -> Response:
        path = _RUNBOOKS / f"{name}.md"
        if not _NAME.fullmatch(name) or not path.is_file():
            abort(404)
        return Response(path.read_bytes(), mimetype="text/plain")

    return routes


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """Every dashboard as Grafana reads it, by its uid."""
    return {each.uid: each.as_json() for each in ALL}


def panel(uid: str, title: str) -> dict[str, Any]:
    """A panel of a dashboard, with where it is from."""
    panels = definitions()[uid]["panels"]
    found: dict[str, Any] = next(each for each in panels if each["title"] == title and each["type"] != "row")
    return {**found, "dashboard": uid}
