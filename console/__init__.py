"""The stack's own pages: dashboards, traces, logs and alerts of what runs, for a browser on this machine.

It draws the definitions that Grafana's files are generated from, with data that it reads from the backends.
Drills, traffic and verifications can be started from them, by the commands of ./stack.
"""

import secrets

from flask import Flask

from console.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root."""
    import glasshouse_telemetry as telemetry
    from console import backend_api, catalogue_api, control_api, guard, pages
    from console.backends import Backends

    settings = settings or Settings.from_env()
    app = Flask(__name__, static_folder=None)
    app.json.compact = True  # type: ignore[attr-defined]  # of the default provider
    app.config["MAX_CONTENT_LENGTH"] = 1000  # bytes: a few options of a command
    token = secrets.token_urlsafe(32)
    guard.protect(app, settings.hosts, token)
    backends = Backends(settings.urls, settings.authorizations)
    app.register_blueprint(backend_api.blueprint(backends))
    app.register_blueprint(catalogue_api.blueprint())
    app.register_blueprint(control_api.blueprint(settings.state, settings.stack, token))
    app.register_blueprint(pages.blueprint())
    telemetry.instrument(app, service_name="console", service_version=__version__)
    return app
