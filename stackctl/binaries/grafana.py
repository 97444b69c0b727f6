"""Grafana, the one part of the stack that cannot be built from modules."""

from stackctl.versions import pinned


def grafana_line() -> str:
    """Say in one line why Grafana is not among the local processes."""
    return (
        f"Grafana {pinned()['grafana']} exists only as an official archive or image and is not run here; "
        "everything else works without it"
    )
