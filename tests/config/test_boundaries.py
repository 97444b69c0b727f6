"""Who may import whom. The architecture stays as it is drawn because this says so."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from stackctl.paths import ROOT
from stackctl.ports import SERVICES

OURS = (
    "glasshouse_telemetry",
    "chassis",
    "apps",
    "stackctl",
    "proof",
    "console",
    "dashboards",
    "alerts",
    "benchmarks",
    "tests",
)
PACKAGES = tuple(name for name in OURS if (ROOT / name / "__init__.py").exists() or name == "tests")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (
                f"{base}.{alias.name}" if base.strip(".") else base + alias.name for alias in node.names
            )


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no module in {folder}: this test would prove nothing"
    return found


def strangers(folder: str, allowed: tuple[str, ...]) -> dict[str, set[str]]:
    """The modules of a folder that import one of our packages beyond those allowed."""
    found = {
        str(path.relative_to(ROOT)): {
            name for name in imports(path) if name.split(".")[0] in OURS and name.split(".")[0] not in allowed
        }
        for path in modules(folder)
    }
    return {path: names for path, names in found.items() if names}


def test_telemetry_knows_nothing_of_the_shop() -> None:
    assert strangers("glasshouse_telemetry", allowed=("glasshouse_telemetry",)) == {}


@pytest.mark.parametrize("folder", ["chassis", "apps", "stackctl"])
def test_the_library_is_used_by_its_public_modules_alone(folder: str) -> None:
    public = {"names", "testing"}
    private = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] == "glasshouse_telemetry"
        and len(name.split(".")) > 2
        and name.split(".")[1] not in public
    }
    assert private == set()


def test_the_chassis_knows_only_telemetry() -> None:
    assert strangers("chassis", allowed=("chassis", "glasshouse_telemetry")) == {}


def test_the_command_line_never_imports_a_service() -> None:
    assert strangers("stackctl", allowed=("stackctl", "proof", "glasshouse_telemetry", "alerts")) == {}


def test_the_proof_never_imports_a_service() -> None:
    assert strangers("proof", allowed=("proof", "stackctl", "glasshouse_telemetry")) == {}


# What the proof still takes from the shop's scenarios itself, instead of being told. It may only become less.
KNOWS_THE_SHOP = {
    "verify": {
        "counter_checks",
        "freshness",
        "log_checks",
        "log_files",
        "restarts",
        "run_context",
        "trace_checks",
        "verification",
    },
}


def test_no_more_of_the_proof_knows_the_shop_than_so_far() -> None:
    knowing = {
        f"{path.parent.name}/{path.stem}"
        for path in modules("proof")
        if any(name.startswith("stackctl.shop_scenarios") for name in imports(path))
    }
    allowed = {f"{room}/{name}" for room, names in KNOWS_THE_SHOP.items() for name in names}
    assert knowing - allowed == set()


def test_the_root_of_the_command_line_holds_only_what_every_room_needs() -> None:
    assert {path.name for path in (ROOT / "stackctl").glob("*.py")} == {
        "__init__.py",
        "__main__.py",
        "errors.py",
        "paths.py",
        "ports.py",
    }


def test_no_module_imports_itself_in_a_circle() -> None:
    assert cycle_among(imports_of_all(PACKAGES)) == []


def test_a_circle_is_found_and_named() -> None:
    assert cycle_among({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


def test_the_alerts_know_nothing_else_of_ours() -> None:
    assert strangers("alerts", allowed=("alerts",)) == {}


def test_dashboards_know_the_objectives_and_nothing_else() -> None:
    assert strangers("dashboards", allowed=("dashboards", "alerts")) == {}


def test_the_console_draws_the_dashboards_and_knows_no_service() -> None:
    assert strangers("console", allowed=("console", "dashboards", "alerts", "glasshouse_telemetry")) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_itself_and_the_clients_of_others(service: str) -> None:
    others = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(f"apps/{service}")
        for name in imports(path)
        if name.split(".")[0] in OURS and not _allowed(service, name)
    }
    assert others == set()


@pytest.mark.parametrize("service", SERVICES)
def test_the_rules_of_a_service_know_no_flask_and_no_sql(service: str) -> None:
    rules = ROOT / "apps" / service / f"{service}.py"
    assert {name.split(".")[0] for name in imports(rules)} & {
        "flask",
        "apiflask",
        "sqlalchemy",
        "opentelemetry",
    } == set()


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_settings_of_a_service_read_the_environment(service: str) -> None:
    readers = [
        path.name for path in modules(f"apps/{service}") if "environ" in path.read_text(encoding="utf-8")
    ]
    assert set(readers) <= {"settings.py"}


def _allowed(service: str, name: str) -> bool:
    parts = name.split(".")
    if parts[0] in ("chassis", "glasshouse_telemetry"):
        return True
    return parts[0] == "apps" and len(parts) > 1 and (parts[1] == service or parts[2:3] == ["client"])


def imports_of_all(packages: Iterable[str]) -> dict[str, set[str]]:
    """What each of our modules imports of ours when it is imported: not what a function imports later."""
    paths = {_module_name(path): path for package in packages for path in modules(package)}
    return {
        name: {
            imported
            for node in _run_at_import(ast.parse(path.read_text(encoding="utf-8")))
            for imported in _imported(node, name, path.name == "__init__.py", paths)
        }
        - {name}
        for name, path in paths.items()
    }


def cycle_among(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def _module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _run_at_import(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _run_at_import(node)


def _imported(
    node: ast.Import | ast.ImportFrom, importer: str, is_package: bool, known: Mapping[str, Path]
) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
        return
    base = node.module or ""
    if node.level:
        parts = importer.split(".")
        parents = parts[: len(parts) - node.level + is_package]
        base = ".".join([*parents, *([base] if base else [])])
    for alias in node.names:
        if (name := f"{base}.{alias.name}") in known:
            yield name
        elif base in known:
            yield base
