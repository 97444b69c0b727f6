"""The one HTML page, under the address of every view, and whether the console is well."""

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

_STATIC = Path(__file__).parent / "static"
_YEAR_S = 365 * 86400
_VIEWS = (
    "/",
    "/dashboards",
    "/d/<uid>",
    "/traces",
    "/trace/<trace_id>",
    "/logs",
    "/alerts",
    "/alerts/<name>",
    "/runbooks/<name>",
    "/drills",
)


def blueprint() -> Blueprint:
    routes = Blueprint("pages", __name__)

    version = fingerprint()

    def page(**_: str) -> str:
        return render_template("page.html", modules=_modules(), static=f"/static/{version}")

    @routes.get("/static/<version>/<path:name>")
    def static(version: str, name: str) -> Response:
        """Browsers keep the files: their address changes when they do."""
        return send_from_directory(_STATIC, name, max_age=_YEAR_S)

    for view in _VIEWS:
        routes.add_url_rule(view, "page", page)

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return routes


def fingerprint() -> str:
    """Of all files that browsers are given."""
    files = sorted(path for path in _STATIC.rglob("*") if path.is_file())
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _modules() -> list[str]:
    """All are fetched at once, rather than each when another one names it."""
    return sorted(str(path.relative_to(_STATIC)) for path in _STATIC.glob("js/**/*.js"))
