"""The pinned versions in `.env`: one table, read by docker compose and by us."""

from stackctl.paths import ROOT


def pinned() -> dict[str, str]:
    """Map a backend's name to its version without a leading v: `{"prometheus": "3.15.0", ...}`."""
    lines = (ROOT / ".env").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "_VERSION=" in line and not line.startswith("#"))
    return {name.removesuffix("_VERSION").lower(): version.strip() for name, version in pairs}
