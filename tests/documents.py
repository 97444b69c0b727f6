"""The OpenAPI document of each service, in its folder: `python -m tests.documents` writes them anew."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from apiflask import APIFlask

from chassis.openapi import Document
from stackctl.paths import ROOT
from tests.databases import SqliteDatabases
from tests.services import OPEN, opened, opened_gateway


def path_of(service: str) -> Path:
    return ROOT / "apps" / service / "openapi.json"


def text_of(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def document_of(app: APIFlask) -> Document:
    document: Document = app.test_client().get("/openapi.json").get_json()
    return document


def documents(folder: Path) -> Iterator[tuple[str, Document]]:
    """The gateway's last: it is made of the others as they are published."""
    databases = SqliteDatabases(folder)
    for service in OPEN:
        with opened(service, databases.new(service, folder)) as app:
            yield service, document_of(app)
    with opened_gateway({}) as app:
        yield "gateway", document_of(app)


def main() -> None:
    os.environ.update(OTEL_TRACES_EXPORTER="none", TELEMETRY_LOG_FILE=os.devnull)
    with tempfile.TemporaryDirectory() as folder:
        for service, document in documents(Path(folder)):
            path_of(service).write_text(text_of(document), encoding="utf-8")


if __name__ == "__main__":
    main()
