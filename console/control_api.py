"""Drills, traffic and verifications, started and stopped from a page: `/api/control`.

Each is the command that one would type, in a process of its own. guard.py says who may do it.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from console.children import Busy, Children
from console.commands import COMMANDS, LIST_DRILLS
from console.reads import Refused

_NOT_HERE = (
    "Drills and traffic can be started here where ./stack runs the console. For the stack in containers type "
    "./stack drill --mode compose and ./stack traffic --mode compose."
)


def blueprint(state: Path | None, stack: Sequence[str], token: str) -> Blueprint:
    """`state` is the stack's state folder; without it nothing can be started, and pages say so."""
    routes = Blueprint("control_api", __name__, url_prefix="/api/control")
    children = Children(state / "console", stack) if state else None

    @routes.get("")
    def show() -> Response:
        if children is None or state is None:
            return jsonify(available=False, why=_NOT_HERE)
        return jsonify(available=True, token=token, active=active_drills(state), children=children.as_json())

    @cache
    def known_drills() -> str:
        return children.read(LIST_DRILLS) if children else "[]"

    @routes.get("/drills")
    def drills() -> Response:
        return Response(known_drills(), mimetype="application/json")

    @routes.post("/<kind>")
    def start(kind: str) -> tuple[Response, int]:
        if kind not in COMMANDS or children is None:
            abort(404)
        asked = request.get_json()
        if not isinstance(asked, dict):
            raise Refused("an object is expected")
        children.start(kind, COMMANDS[kind].arguments(asked))
        return jsonify(started=kind), 202

    @routes.post("/<kind>/stop")
    def stop(kind: str) -> tuple[Response, int]:
        if kind not in COMMANDS or children is None:
            abort(404)
        return jsonify(stopped=children.interrupt(kind)), 202

    @routes.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @routes.errorhandler(Busy)
    def busy(error: Busy) -> tuple[Response, int]:
        return jsonify(error=str(error)), 409

    @routes.errorhandler(OSError)
    @routes.errorhandler(subprocess.SubprocessError)
    def failed(error: Exception) -> tuple[Response, int]:
        return jsonify(error=f"./stack could not be run: {error}"), 502

    return routes


def active_drills(state: Path) -> Mapping[str, Any] | None:
    """Which drills are on, whoever has started them; those that are hidden keep their names to themselves."""
    try:
        active = json.loads((state / "drills" / "active.json").read_text(encoding="utf-8"))
        names = [] if active["hidden"] else sorted(active["drills"])
        return {"drills": names, "hidden": active["hidden"], "since": active["since"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
