"""The schemas of tests/config/grafana_schemas, and what of a document does not fit one."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

FOLDER = Path(__file__).parent / "grafana_schemas"


@cache
def published(name: str) -> Draft7Validator:
    return Draft7Validator(_read(name))


@cache
def written_here(definition: str) -> Draft7Validator:
    return Draft7Validator({**_read("written_here"), "$ref": f"#/definitions/{definition}"})


def defects(document: object, validator: Draft7Validator) -> list[str]:
    return [
        f"{'/'.join(map(str, error.path))}: {error.message[:300]}"
        for error in validator.iter_errors(document)
    ]


def _read(name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema
