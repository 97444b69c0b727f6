"""A module of a few lines is built by the real Go, the way in which the backends are."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.fetch.cache import Cache
from stackctl.fetch.gobuild import build_all
from stackctl.fetch.releases import Unit
from tests.unit.stackctl.fetch.samples import Readable

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None and not os.environ.get("CI"),
    reason="no go on PATH: the build was tried with a stand-in only (on CI it is fetched)",
)

MAIN = """package main

var version string

func main() { print("greeter, version ", version) }
"""


@pytest.fixture
def greeter(hello: Unit, tmp_path: Path) -> Unit:
    """A release of one program, in a module that is beside the one that pins it."""
    module = tmp_path / "greeter"
    module.mkdir()
    (module / "main.go").write_text(MAIN, encoding="utf-8")
    (module / "go.mod").write_text("module example.org/greeter\n\ngo 1.21\n", encoding="utf-8")
    pins = "module example.org/pins\n\ngo 1.21\n\nrequire example.org/greeter v1.2.3\n\n"
    (hello.source.folder / "go.mod").write_text(
        f"{pins}replace example.org/greeter => {module}\n", encoding="utf-8"
    )
    source = replace(hello.source, packages=("example.org/greeter",), stamp="main.version=1.2.3")
    return replace(hello, name="greeter", programs=("greeter",), source=source)


def test_a_module_is_built_stamped_with_its_version_and_nothing_else_is_left(
    greeter: Unit, cache: Cache, report: Readable
) -> None:
    build_all([greeter], cache, report)
    assert cache.find(greeter, "greeter") is not None
    assert sorted(path.name for path in cache.root.iterdir()) == ["bin", "logs"]


def test_a_module_that_the_pins_lack_is_named(
    greeter: Unit, cache: Cache, report: Readable, tmp_path: Path
) -> None:
    code = 'package main\n\nimport _ "example.org/absent"\n\nfunc main() {}\n'
    (tmp_path / "greeter" / "main.go").write_text(code, encoding="utf-8")
    with pytest.raises(StackError, match=r"example\.org/absent"):
        build_all([greeter], cache, report)
