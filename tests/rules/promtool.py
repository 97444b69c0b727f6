"""promtool's verdict on stories of series and what the rules make of them."""

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from alerts.build import PROMETHEUS_RULES, ROOT
from alerts.profiles import Profile
from stackctl.fetch import ensure


@cache
def program() -> Path:
    return ensure(["promtool"])["promtool"].path


def promtool_says(
    tests: Sequence[dict[str, Any]],
    profile: Profile,
    files: Sequence[str],
    evaluated_every_s: int,
    folder: Path,
) -> str:
    """What it says of those that fail; nothing when all pass. `files`: the rule files, without suffix."""
    content = {
        "rule_files": [str(ROOT / PROMETHEUS_RULES[profile] / f"{name}.yml") for name in files],
        "evaluation_interval": f"{evaluated_every_s}s",
        "tests": list(tests),
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    result = subprocess.run([program(), "test", "rules", file], capture_output=True, text=True, timeout=300)
    return "" if result.returncode == 0 else result.stdout + result.stderr
