"""The order of the sources, and the line that says which was taken."""

import os
from pathlib import Path

import pytest

from stackctl import fetch
from stackctl.errors import StackError
from stackctl.fetch.cache import BUILT, Cache
from stackctl.fetch.ensure import acquire
from stackctl.fetch.releases import Unit
from stackctl.fetch.workspace import Workspace
from tests.unit.stackctl.fetch.samples import Readable, program, release, write_program


def put_into(cache: Cache, unit: Unit) -> None:
    cache.install(unit, BUILT, lambda folder: write_program(folder / "hello").touch())


def test_a_program_on_path_in_the_pinned_version_is_taken(
    cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    put_into(cache, hello)
    write_program(path / "hello")
    found = acquire(["hello"], [hello], cache, None, report)["hello"]
    assert (found.path, found.source, found.version) == (path / "hello", "PATH", "1.2.3")
    assert report.text == f"hello 1.2.3: on PATH, {path / 'hello'}\n"


def test_a_program_on_path_in_another_version_is_named_and_skipped(
    cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    put_into(cache, hello)
    write_program(path / "hello", program("hello, version 1.9.0"))
    found = acquire(["hello"], [hello], cache, None, report)["hello"]
    assert found.source == "built from modules"
    assert f"hello: {path / 'hello'} is 1.9.0, not 1.2.3: skipped" in report.text


def test_what_the_cache_holds_is_neither_fetched_nor_built(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    put_into(cache, hello)
    acquire(["hello"], [hello], cache, None, report)
    assert report.text == "hello 1.2.3: in the cache (built from modules)\n"
    assert not (go / "calls").exists()


def test_what_is_taken_from_the_cache_counts_as_used(
    cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    put_into(cache, hello)
    place = next(cache.bin.iterdir())
    os.utime(place, (0, 0))
    acquire(["hello"], [hello], cache, None, report)
    assert place.stat().st_mtime > 0


def test_without_a_mirror_what_is_missing_is_built(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    found = acquire(["hello"], [hello], cache, None, report)["hello"]
    assert found.source == "built from modules"
    assert "official" not in report.text


def test_only_the_releases_of_the_programs_asked_for_are_built(
    cache: Cache, hello: Unit, report: Readable, go: Path, tmp_path: Path
) -> None:
    other = release(tmp_path / "other", "other", ("other",))
    assert list(acquire(["hello"], [other, hello], cache, None, report)) == ["hello"]
    assert not cache.holds(other)


def test_leftovers_of_a_removal_that_was_cut_short_are_removed(
    cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    put_into(cache, hello)
    write_program(cache.root / "trash-abc" / "build" / "leftover")
    acquire(["hello"], [hello], cache, None, report)
    assert not (cache.root / "trash-abc").exists()


def test_a_cache_that_cannot_be_written_is_said_with_what_to_do(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    cache.root.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StackError, match="cannot be filled") as raised:
        acquire(["hello"], [hello], cache, None, report)
    assert "GLASSHOUSE_CACHE_DIR" in str(raised.value.hint)


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(cache: Cache, hello: Unit) -> None:
    with pytest.raises(StackError, match=r"takes 1000000000 GB of disk meanwhile; .* has \d+\.\d GB"):
        Workspace(cache).demand(1e9)


def test_locate_builds_nothing_and_finds_nothing_in_an_empty_cache(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSHOUSE_CACHE_DIR", str(tmp_path / "empty"))
    assert fetch.locate("loki") is None


def test_locate_takes_the_official_collector_under_its_official_name(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSHOUSE_CACHE_DIR", str(tmp_path / "empty"))
    write_program(path / "otelcol", program("otelcol version 0.155.0"))
    assert fetch.locate("otelcol") is None
    write_program(path / "otelcol-contrib", program("otelcol-contrib version 0.155.0"))
    found = fetch.locate("otelcol")
    assert found is not None
    assert (found.name, found.path, found.source) == ("otelcol", path / "otelcol-contrib", "PATH")


def test_the_public_names_are_these() -> None:
    assert fetch.__all__ == [
        "Program",
        "ensure",
        "grafana_home",
        "grafana_line",
        "locate",
        "locate_grafana",
    ]
