"""What `.env` pins: one table, read by docker compose and by us."""

from stackctl.paths import ROOT


def settings() -> dict[str, str]:
    """Every NAME=value line of `.env`."""
    lines = (ROOT / ".env").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def setting(name: str) -> str:
    return settings()[name]


def pinned() -> dict[str, str]:
    """Map a backend's name to its version without a leading v: `{"prometheus": "3.15.0", ...}`."""
    return {
        name.removesuffix("_VERSION").lower(): value
        for name, value in settings().items()
        if name.endswith("_VERSION")
    }
