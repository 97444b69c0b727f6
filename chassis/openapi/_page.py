"""The document for people: Swagger UI at /docs, from the wheel flask-swagger-ui and from nowhere else."""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

OURS = Path(__file__).parent / "page"
SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")

# The browser sees to it that the page needs no internet. Swagger UI has its pictures and some styles inline.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"

page = Blueprint("docs", __name__)


@page.get("/docs")
def show() -> Response:
    response = send_from_directory(OURS, "index.html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


@page.get("/docs/<name>")
def show_part(name: str) -> Response:
    """Of Swagger UI only what the page names; it changes with the wheel."""
    folder = str(files("flask_swagger_ui") / "dist") if name in SWAGGER_UI else OURS
    return send_from_directory(folder, name, max_age=3600)
