"""Names of attributes are those of the installed semantic conventions, none of them deprecated there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import semconv

from glasshouse_telemetry import names
from glasshouse_telemetry.flask.methods import bounded, known_methods

CONVENTIONS = Path(next(iter(semconv.__path__)))
ATTRIBUTES = sorted({value for key, value in vars(names).items() if key.isupper() and "." in value})
OURS = {names.ACCESS_LOGGER}  # the name of a logger


def documented() -> Iterator[tuple[str, str]]:
    """Every attribute of the conventions, and what they say about it."""
    for path in CONVENTIONS.rglob("attributes/*_attributes.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for statement, following in zip(body, [*body[1:], None], strict=True):
            match statement, following:
                case ast.AnnAssign(value=ast.Constant(str(name))), ast.Expr(value=ast.Constant(str(text))):
                    yield name, text
                case ast.AnnAssign(value=ast.Constant(str(name))), _:
                    yield name, ""


KNOWN = dict(documented())


@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if name not in OURS])
def test_an_attribute_is_a_current_one_of_the_conventions(name: str) -> None:
    assert name in KNOWN
    assert "Deprecated: " not in KNOWN[name]  # "in favor of stable" is about a Python constant


def test_the_conventions_are_read_with_what_they_say_about_deprecation() -> None:
    assert "Deprecated: " in KNOWN["peer.service"]


@pytest.mark.parametrize(
    ("setting", "known", "unknown"),
    [
        ("", ["GET", "QUERY"], ["PROPFIND", "get"]),
        ("GET, PROPFIND,", ["GET", "PROPFIND"], ["POST", "propfind", ""]),
    ],
)
def test_the_known_methods_can_be_chosen(
    setting: str, known: list[str], unknown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", setting)
    known_methods.cache_clear()

    assert [bounded(method) for method in known] == known
    assert {bounded(method) for method in unknown} == {names.OTHER_METHOD}

    known_methods.cache_clear()
