"""The library and what it needs, in a folder for each version of Python: programs keep their own packages."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from stackctl.paths import ROOT, state_dir

_ROOTS = (
    "opentelemetry-api",
    "opentelemetry-sdk",
    "opentelemetry-instrumentation",
    "opentelemetry-exporter-otlp-proto-http",
    "prometheus-client",
    "python-json-logger",
)
_ASK = "import sys; print('%d.%d' % sys.version_info[:2])"


def packages_dir() -> Path:
    """Other versions of them go into another folder: a program that runs keeps its own."""
    listed = (ROOT / "requirements" / "run.txt").read_bytes()
    return state_dir() / "packages" / hashlib.sha256(listed).hexdigest()[:12]


def prepare(command: Sequence[str]) -> str:
    """Make the folder for the Python of this command. Returns what hinders it; empty when nothing does."""
    here = "{}.{}".format(*sys.version_info[:2])
    wanted = python_of(command) or here
    major, _, minor = wanted.partition(".")
    if (int(major), int(minor)) < (3, 11):
        return ""  # sitecustomize.py says it
    folder = packages_dir() / f"python-{wanted}"
    if (folder / "glasshouse_telemetry").exists():
        return ""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        if wanted == here:
            for each in _needed():
                _copy(each, fresh)
        elif problem := _install(wanted, fresh):
            return problem
        (fresh / "glasshouse_telemetry").symlink_to(ROOT / "glasshouse_telemetry")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return ""


def python_of(command: Sequence[str]) -> str:
    """The version of the Python that runs it, `3.12`; empty when it seems to be no Python program."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    if re.fullmatch(r"python[\d.]*", Path(program).name):
        return _version((program,))
    try:
        with open(program, "rb") as file:
            first = file.readline(500).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    interpreter = first.removeprefix("#!").split() if first.startswith("#!") else []
    return _version(interpreter) if any("python" in part for part in interpreter) else ""


def _version(interpreter: Sequence[str]) -> str:
    try:
        told = subprocess.run([*interpreter, "-c", _ASK], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.fullmatch(r"\d+\.\d+", told.stdout.strip())
    return found.group() if found else ""


def _needed() -> list[Distribution]:
    found: dict[str, Distribution] = {}
    waiting = list(_ROOTS)
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            found[key] = distribution(name)
        except PackageNotFoundError:  # for another platform or version
            continue
        waiting += _requirements(found[key])
    return list(found.values())


def _requirements(of: Distribution) -> Iterator[str]:
    for line in of.requires or ():
        requirement, _, marker = line.partition(";")
        if "extra" not in marker and (name := re.match(r"[A-Za-z0-9._-]+", requirement.strip())):
            yield name.group()


def _copy(each: Distribution, folder: Path) -> None:
    for file in each.files or ():
        if file.parts[0] in ("..", "/") or "__pycache__" in file.parts:
            continue
        source, target = Path(str(each.locate_file(file))), folder / file
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _install(version: str, folder: Path) -> str:
    """The same versions, by their hashes, for another Python."""
    wanted = {re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower() for each in _needed()}
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"))
    chosen = [block for block in blocks if block.partition("==")[0].lower() in wanted]
    listed = folder.with_suffix(".txt")
    listed.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    uv = ROOT / ".venv" / "bin" / "uv"
    options = ("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:")
    try:
        done = subprocess.run(
            [
                uv,
                "pip",
                "install",
                *options,
                f"--python-version={version}",
                f"--target={folder}",
                "-r",
                listed,
            ],
            capture_output=True,
            text=True,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the library could not be installed for Python {version}: {error}"
    finally:
        listed.unlink(missing_ok=True)
    said = done.stderr.strip().splitlines()
    return (
        f"the library could not be installed for Python {version}: {said[-1]}"
        if done.returncode and said
        else ""
    )
