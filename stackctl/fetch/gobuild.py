"""Building releases from their pinned Go modules: while one compiles, the modules of the next are fetched."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stackctl.errors import StackError
from stackctl.fetch.background import in_turn
from stackctl.fetch.cache import BUILT, Cache, Unusable
from stackctl.fetch.children import Children
from stackctl.fetch.compiled import Compiled
from stackctl.fetch.progress import Report, elapsed, modules, packages
from stackctl.fetch.releases import Unit
from stackctl.fetch.toolchain import find_go
from stackctl.fetch.workspace import Workspace

_FETCHED = "go: downloading "
_LISTED = "package "
_LIST_FORMAT = _LISTED + "{{.ImportPath}} {{.ImportPath}}{{with .Module}}@{{.Version}}{{end}}"


def build_all(units: Sequence[Unit], cache: Cache, report: Report) -> None:
    """Build these releases into the cache; when one fails (StackError), what was compiled so far is kept."""
    workspace, children = Workspace(cache), Children()
    _announce(units, workspace, report)
    workspace.open()
    try:
        build = GoBuild(find_go(units, workspace, children, report), workspace, children, report)
        prepared = in_turn([partial(build.prepare, unit) for unit in units])
        for future in prepared:
            build.install(future.result(), cache)
    except (KeyboardInterrupt, SystemExit):
        report.say(f"interrupted: the next run goes on with what is compiled so far (in {workspace.root})")
        raise
    finally:
        children.stop()
    report.say(f"removing the modules and build caches below {workspace.root}")
    workspace.discard()


def _announce(units: Sequence[Unit], workspace: Workspace, report: Report) -> None:
    needed = sum(unit.source.gigabytes for unit in units)
    free = workspace.demand(needed)
    cores = os.cpu_count() or 1
    minutes = max(1, round(sum(unit.source.cpu_seconds for unit in units) / 60 / cores))
    report.say(
        f"building {', '.join(unit.name for unit in units)} from source, once: "
        f"about {minutes} min on {cores} cores, {needed:.0f} GB of disk meanwhile ({free:.0f} GB free)"
    )


@dataclass(frozen=True)
class Prepared:
    """A unit whose code and modules are here. `packages`: what `go build -v` says → name with version."""

    unit: Unit
    folder: Path
    packages: dict[str, str]


class GoBuild:
    """One toolchain at work in one workspace."""

    def __init__(self, go: Path, workspace: Workspace, children: Children, report: Report) -> None:
        self._go, self._workspace, self._children, self._report = go, workspace, children, report
        self._compiled = Compiled(workspace.root / "compiled.txt")

    def prepare(self, unit: Unit) -> Prepared:
        """Generate code, fetch the modules that are imported (`go mod download` would fetch far more)."""
        folder = self._workspace.sources(unit)
        self._workspace.log(unit).unlink(missing_ok=True)
        found: dict[str, str] = {}
        with self._report.track(f"{unit}: fetching modules", modules) as track:

            def read(line: str) -> bool:
                if line.startswith(_LISTED):
                    package, _, versioned = line.removeprefix(_LISTED).partition(" ")
                    found[package] = versioned
                elif line.startswith(_FETCHED):
                    track.advance()
                return line.startswith((_LISTED, _FETCHED))

            if unit.source.generator:
                folder = self._generate(unit, folder, read)
            arguments = ["list", *unit.source.flags(), "-deps", "-f", _LIST_FORMAT, *unit.source.packages]
            self._run(unit, arguments, folder, read)
        return Prepared(unit, folder, found)

    def install(self, prepared: Prepared, cache: Cache) -> None:
        """Compile and move the programs into the cache, once they say the right version."""
        unit, start = prepared.unit, time.monotonic()
        try:
            cache.install(unit, BUILT, partial(self._compile, prepared))
        except Unusable as reason:
            hint = f"The build's output: {self._workspace.log(unit)}"
            raise StackError(f"{unit} was built, but {reason}.", hint=hint) from reason
        self._report.say(f"{unit}: built from modules in {elapsed(time.monotonic() - start)}")

    def _compile(self, prepared: Prepared, target: Path) -> None:
        unit = prepared.unit
        all_packages = set(prepared.packages.values())
        mains = set(unit.source.packages)
        done = self._compiled.count(all_packages)
        with self._report.track(f"{unit}: compiling", packages, len(all_packages), done) as track:

            def read(line: str) -> bool:
                if self._compiled.add(prepared.packages.get(line)):
                    track.advance()
                mains.discard(line)
                if not mains:
                    track.rename(f"{unit}: linking")
                return line in prepared.packages

            output = ("-v", "-o", f"{target}{os.sep}")
            self._run(
                unit, ["build", *unit.source.flags(), *output, *unit.source.packages], prepared.folder, read
            )

    def _generate(self, unit: Unit, folder: Path, read: Callable[[str], bool]) -> Path:
        """Let the Collector Builder write the code only, and lay our pins beside it."""
        options = ["--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"]
        self._run(unit, ["run", "-modcacherw", unit.source.generator, *options], folder, read)
        generated = folder / "dist"
        for file in ("go.mod", "go.sum"):
            shutil.copyfile(folder / file, generated / file)
        return generated

    def _run(self, unit: Unit, arguments: Sequence[str], cwd: Path, read: Callable[[str], bool]) -> None:
        self._children.run(
            f"Building {unit}",
            [self._go, *arguments],
            cwd=cwd,
            env=self._workspace.environment(),
            log=self._workspace.log(unit),
            is_progress=read,
        )
