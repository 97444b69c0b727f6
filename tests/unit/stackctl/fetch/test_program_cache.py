"""The cache holds whole releases or nothing."""

import os
import time
from pathlib import Path

import pytest

from stackctl.fetch.cache import BUILT, OFFICIAL, Cache, Unusable
from stackctl.fetch.releases import Unit
from tests.unit.stackctl.fetch.samples import Readable, program, release, write_program


def install(cache: Cache, unit: Unit, source: str = BUILT, text: str | None = None) -> None:
    def write(folder: Path) -> None:
        for name in unit.programs:
            (folder / name).write_text(text or program(), encoding="utf-8")

    cache.install(unit, source, write)


def contents(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.bin.iterdir())


def install_and_age(cache: Cache, unit: Unit, days: int) -> Path:
    """Install a release and let it be unused since; its folder."""
    install(cache, unit)
    found = cache.find(unit, unit.programs[0])
    assert found is not None
    then = time.time() - days * 24 * 3600
    os.utime(found.path.parent, (then, then))
    return found.path.parent


def change_pins(unit: Unit, file: str = "go.sum") -> None:
    with (unit.source.folder / file).open("a", encoding="utf-8") as pins:
        pins.write("// changed\n")


def test_an_empty_cache_holds_nothing(cache: Cache, hello: Unit) -> None:
    assert cache.find(hello, "hello") is None
    assert not cache.holds(hello)


def test_an_installed_program_can_be_run_and_says_where_it_came_from(cache: Cache, hello: Unit) -> None:
    install(cache, hello, OFFICIAL)
    found = cache.find(hello, "hello")
    assert found is not None
    assert (found.source, found.version) == ("official archive", "1.2.3")
    assert os.access(found.path, os.X_OK)


def test_a_release_is_there_only_with_all_its_programs(cache: Cache, tmp_path: Path) -> None:
    both = release(tmp_path / "both", programs=("hello", "hellotool"))
    with pytest.raises(FileNotFoundError):
        cache.install(both, BUILT, lambda folder: write_program(folder / "hello").touch())
    assert not cache.holds(both)
    assert contents(cache) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (program("hello, version 1.2.4"), "hello says that it is 1.2.4"),
        ("\x7fELF half a program", "hello does not run on this machine"),
    ],
)
def test_a_program_that_is_not_what_it_should_be_stays_out(
    cache: Cache, hello: Unit, text: str, reason: str
) -> None:
    with pytest.raises(Unusable, match=reason):
        install(cache, hello, text=text)
    assert contents(cache) == []


def test_an_interruption_while_writing_leaves_nothing(cache: Cache, hello: Unit) -> None:
    def interrupted(folder: Path) -> None:
        write_program(folder / "hello")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.install(hello, BUILT, interrupted)
    assert contents(cache) == []


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "builder.yaml"])
def test_a_build_counts_only_for_the_pins_that_it_was_made_from(cache: Cache, hello: Unit, file: str) -> None:
    install(cache, hello)
    assert cache.holds(hello)
    change_pins(hello, file)
    assert not cache.holds(hello)


def test_an_official_program_does_not_depend_on_the_modules(cache: Cache, hello: Unit) -> None:
    install(cache, hello, OFFICIAL)
    (hello.source.folder / "go.sum").write_text("changed", encoding="utf-8")
    assert cache.holds(hello)


def test_an_official_program_is_taken_before_a_built_one(cache: Cache, hello: Unit) -> None:
    install(cache, hello, BUILT)
    install(cache, hello, OFFICIAL)
    found = cache.find(hello, "hello")
    assert found is not None
    assert found.source == OFFICIAL


def test_what_a_killed_predecessor_left_is_swept_away(cache: Cache, report: Readable) -> None:
    write_program(cache.bin / ".partial-abc" / "hello")
    with cache.filling(waiting=lambda: report.say("waiting"), arrived=lambda: False):
        assert contents(cache) == []
    assert report.text == ""


def test_builds_of_a_release_that_nobody_used_for_long_go_when_a_new_one_comes(
    cache: Cache, hello: Unit, tmp_path: Path
) -> None:
    place = install_and_age(cache, hello, days=31)
    other = install_and_age(cache, release(tmp_path / "other", "other"), days=31)
    change_pins(hello)
    install(cache, hello)
    assert not place.exists()
    assert other.exists()
    assert cache.holds(hello)
    assert len(contents(cache)) == 2


def test_what_another_clone_still_uses_stays(cache: Cache, hello: Unit) -> None:
    place = install_and_age(cache, hello, days=31)
    cache.note_use(hello)
    change_pins(hello)
    install(cache, hello)
    assert place.exists()


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert Cache.of_user().root == tmp_path / "elsewhere"
