"""Where things are: the repository, and the one folder that holds everything a running stack writes."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state_dir() -> Path:
    """The folder for data, logs, pids and runs: `.stack/`, or what GLASSHOUSE_STATE_DIR names."""
    return Path(os.environ.get("GLASSHOUSE_STATE_DIR") or ROOT / ".stack").resolve()


def data_dir(component: str) -> Path:
    return state_dir() / "data" / component


def logs_dir() -> Path:
    """`NAME.log` is a process's own output; `NAME.jsonl` a service's JSON log lines and nothing else."""
    return state_dir() / "logs"


def pids_dir() -> Path:
    return state_dir() / "pids"


def discovery_dir() -> Path:
    """Files that say where the instances of the services are, for those who read them again and again."""
    return state_dir() / "discovery"


def configs_dir() -> Path:
    """Configuration that `up` has made for this stack: links to the repository's, and adapted copies."""
    return state_dir() / "config"


def secrets_dir() -> Path:
    """Passwords and keys that `up` has made for this stack; nobody else may read them."""
    return state_dir() / "secrets"


def faults_file() -> Path:
    """Which faults are switched on in the services (docs/drills.md); none where it is missing."""
    return state_dir() / "faults.json"


def tests_dir() -> Path:
    """The state folder of the stack on which `./stack test e2e` runs."""
    return state_dir() / "test"


def runs_dir() -> Path:
    """One folder per traffic run."""
    return state_dir() / "runs"
