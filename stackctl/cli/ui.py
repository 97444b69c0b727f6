"""`./stack ui`."""

from stackctl.system.terminal import new_console


def ui() -> None:
    """Open the console in a browser: dashboards, traces, logs and alerts of this stack."""
    from stackctl.run.console_pages import open_pages

    open_pages(new_console())
