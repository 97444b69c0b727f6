"""Building by a `go` that is a shell script: what is run, what is said, what is left."""

from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.errors import StackError
from stackctl.fetch.cache import Cache
from stackctl.fetch.compiled import Compiled
from stackctl.fetch.gobuild import build_all
from stackctl.fetch.releases import Unit
from tests.unit.stackctl.fetch.samples import Readable, program, release, write_program


def calls(go: Path) -> list[str]:
    return (go / "calls").read_text(encoding="utf-8").splitlines()


def test_a_release_is_built_into_the_cache(cache: Cache, hello: Unit, report: Readable, go: Path) -> None:
    build_all([hello], cache, report)
    assert cache.holds(hello)
    assert "building hello from source, once: about" in report.text
    assert "hello 1.2.3: built from modules in" in report.text


def test_all_programs_of_a_release_come_from_one_build(
    cache: Cache, report: Readable, go: Path, tmp_path: Path
) -> None:
    both = release(tmp_path / "both", programs=("hello", "hellotool"))
    build_all([both], cache, report)
    assert [call.split()[0] for call in calls(go)] == ["env", "list", "build"]
    assert cache.find(both, "hellotool") is not None


def test_progress_counts_modules_and_packages(cache: Cache, hello: Unit, report: Readable, go: Path) -> None:
    build_all([hello], cache, report)
    assert "hello 1.2.3: fetching modules: 1 modules" in report.text
    assert "hello 1.2.3: compiling: 2 of 3 packages" in report.text
    assert "hello 1.2.3: linking: 3 of 3 packages" in report.text


def test_the_pins_are_not_changed_by_a_build(cache: Cache, hello: Unit, report: Readable, go: Path) -> None:
    build_all([hello], cache, report)
    assert all("-mod=readonly" in call for call in calls(go) if call.startswith(("list", "build")))


def test_the_collectors_code_is_generated_and_our_pins_laid_beside_it(
    cache: Cache, report: Readable, go: Path, tmp_path: Path
) -> None:
    plain = release(tmp_path / "collector")
    unit = replace(plain, source=replace(plain.source, generator="example.org/builder@v1.0.0"))
    (unit.source.folder / "builder.yaml").write_text("dist: {}\n", encoding="utf-8")
    write_program(go / "breaks")  # So that the workspace is still there to look at.
    with pytest.raises(StackError):
        build_all([unit], cache, report)
    generated = cache.root / "build" / "src" / "hello" / "dist"
    assert sorted(file.name for file in generated.iterdir()) == ["go.mod", "go.sum", "main.go"]
    assert "run -modcacherw example.org/builder@v1.0.0 --config builder.yaml" in calls(go)[1]


def test_a_failed_build_shows_the_last_lines_and_names_the_log(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    write_program(go / "breaks")
    with pytest.raises(StackError, match=r"Building hello .* failed") as raised:
        build_all([hello], cache, report)
    assert raised.value.message.splitlines()[1:] == ["dependency.go:7: undefined: answer"]
    log = cache.root / "logs" / "build-hello.log"
    assert str(log) in str(raised.value.hint)
    assert "undefined: answer" in log.read_text(encoding="utf-8")
    assert list(cache.bin.iterdir()) == []


def test_a_built_program_of_another_version_is_a_failure(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    write_program(go / "program", program("hello, version 0.0.1"))
    with pytest.raises(StackError, match=r"was built, but hello says that it is 0\.0\.1"):
        build_all([hello], cache, report)


def test_modules_and_build_caches_are_removed_when_all_is_built(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    build_all([hello], cache, report)
    assert sorted(path.name for path in cache.root.iterdir()) == ["bin", "logs"]


def test_they_are_kept_when_a_build_fails_so_that_the_next_goes_on(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    write_program(go / "breaks")
    with pytest.raises(StackError):
        build_all([hello], cache, report)
    compiled = Compiled(cache.root / "build" / "compiled.txt")
    assert compiled.count(["errors", "example.org/dependency@v1.0.0"]) == 2
    (go / "breaks").unlink()
    again = Readable()
    build_all([hello], cache, again)
    assert "1 of 3" not in again.text
    assert "linking: 3 of 3 packages" in again.text


def test_a_package_that_was_compiled_for_one_release_counts_for_the_next(tmp_path: Path) -> None:
    compiled = Compiled(tmp_path / "compiled.txt")
    assert compiled.add("errors")
    assert not compiled.add("errors")
    assert not compiled.add(None)
    assert Compiled(tmp_path / "compiled.txt").count(["errors", "io"]) == 1
