"""Writes every dashboard to dashboards/json: `python -m dashboards.build`. With `--check`, only compares."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from dashboards.boards import ALL

FOLDER = Path(__file__).parent / "json"


def built() -> Mapping[str, str]:
    """The text of every file, by its name."""
    return {
        f"{each.uid}.json": json.dumps(each.as_json(), indent=2, ensure_ascii=False) + "\n" for each in ALL
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """The files that are missing, differ or are no dashboard any more."""
    wanted = built()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path = FOLDER) -> None:
    wanted = built()
    folder.mkdir(exist_ok=True)
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dashboards.build", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="fail when a file is not up to date; write nothing"
    )
    changed = stale()
    if parser.parse_args().check:
        if changed:
            print(f"Not up to date: {', '.join(changed)}. Run: python -m dashboards.build", file=sys.stderr)
        return 1 if changed else 0
    write()
    print(f"{len(ALL)} dashboards in {FOLDER}; changed: {', '.join(changed) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
