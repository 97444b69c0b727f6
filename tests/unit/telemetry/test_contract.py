"""docs/telemetry.md, names.py and what is really emitted say the same."""

import re
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import names

CONTRACT = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text(encoding="utf-8")
# Names of things that are not part of what is emitted.
NOT_EMITTED = {names.SCOPE, names.OTHER_METHOD}
EMITTED = sorted({value for key, value in vars(names).items() if key.isupper() and value not in NOT_EMITTED})


@pytest.mark.parametrize("name", EMITTED)
def test_every_name_is_in_the_contract(name: str) -> None:
    assert f"`{name}`" in CONTRACT or f"`{name}_total`" in CONTRACT or f"`{names.label(name)}`" in CONTRACT


def test_every_metric_is_named_and_in_the_contract() -> None:
    registry = CollectorRegistry()
    app = Flask("contract")
    telemetry.instrument(app, registry=registry)

    known = {value for key, value in vars(names).items() if key.isupper()}
    for family in registry.collect():
        assert family.name in known, family.name
        written = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{written}`" in CONTRACT


def test_every_variable_that_is_read_is_in_the_contract() -> None:
    package = Path(telemetry.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in package.glob("*.py"))
    read = set(re.findall(r'"((?:OTEL|TELEMETRY)_[A-Z_]+)"', source))

    ours_alone = {"OTEL_PYTHON_CONFIGURATOR", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"}
    assert [name for name in sorted(read - ours_alone) if f"`{name}`" not in CONTRACT] == []
