"""Writes every generated file of alerting, or says what is not as generated.

python -m alerts.build [--check]
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alerts import alertmanager, grafana, logs, rules
from alerts.profiles import DEMO, PRODUCTION, Profile
from alerts.yaml_files import rendered

ROOT: Final = Path(__file__).resolve().parent.parent

# A folder per profile, named as it is: docker-compose.yml chooses by ALERTS_PROFILE.
PROMETHEUS_RULES: Final = {each: Path("prometheus/rules") / each.name for each in (PRODUCTION, DEMO)}
# Loki looks below its folder for one of the tenant, which is called so when there are no tenants.
LOKI_RULES: Final = {each: Path("loki/rules") / each.name / "fake" for each in (PRODUCTION, DEMO)}
# That of production is written by hand.
ALERTMANAGER: Final = {
    each: Path("alertmanager") / each.name / "alertmanager.yml" for each in (PRODUCTION, DEMO)
}
GRAFANA: Final = Path("grafana/provisioning/alerting")


def generated() -> Mapping[Path, str]:
    """Every generated file by its place in the repository."""
    files: dict[Path, object] = {}
    for profile in (PRODUCTION, DEMO):
        files |= _of(profile)
    by_hand = (ROOT / ALERTMANAGER[PRODUCTION]).read_text(encoding="utf-8")
    files[ALERTMANAGER[DEMO]] = alertmanager.quickened(by_hand, DEMO)
    files |= {GRAFANA / f"{name}.yml": content for name, content in grafana.files().items()}
    return {path: rendered(content) for path, content in files.items()}


def _of(profile: Profile) -> dict[Path, object]:
    files: dict[Path, object] = {
        PROMETHEUS_RULES[profile] / f"{name}.yml": content for name, content in rules.files(profile).items()
    }
    files[LOKI_RULES[profile] / "logs.yml"] = logs.file(profile)
    return files


def strays(files: Mapping[Path, str]) -> list[Path]:
    """What lies where we generate and is not ours any more."""
    folders = {path.parent for path in files}
    there = {path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).glob("*.yml")}
    return sorted(there - files.keys())


def main() -> int:
    parser = argparse.ArgumentParser("python -m alerts.build", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when something would change"
    )
    files = generated()
    if parser.parse_args().check:
        return _check(files)
    for path, text in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    for path in strays(files):
        (ROOT / path).unlink()
    print(f"{len(files)} files written.")
    return 0


def _check(files: Mapping[Path, str]) -> int:
    stale = [path for path, text in files.items() if not _is(ROOT / path, text)] + strays(files)
    for path in stale:
        print(f"{path} is not as generated: python -m alerts.build", file=sys.stderr)
    return 1 if stale else 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
