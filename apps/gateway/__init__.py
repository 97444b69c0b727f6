"""The only service that clients talk to: who they are, what they may do, and who does it for them."""

from typing import TYPE_CHECKING

from flask import Flask

from apps.gateway.settings import Settings

if TYPE_CHECKING:
    from apps.gateway.authentication import Credentials
    from apps.gateway.inventory import Inventory

__version__ = "0.1.0"


def create_app(
    settings: Settings | None = None,
    credentials: "Credentials | None" = None,
    inventory: "Inventory | None" = None,
) -> Flask:
    """The composition root."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    from apps.gateway import document, proxy, request_guard, routes
    from apps.gateway.authentication import Authenticator, UsersCredentials
    from apps.gateway.inventory import open_stock
    from apps.gateway.overview import Overviews
    from apps.gateway.rate_limiting import open_limits
    from apps.gateway.upstreams import open_upstreams
    from chassis.health import add_health
    from chassis.openapi import extend_document
    from chassis.service import new_service, register
    from chassis.tokens import Tokens
    from chassis.trace_boundary import begin_traces_here

    settings = settings or Settings.from_env()
    app = new_service("gateway", __version__, internal=False)
    app.url_map.merge_slashes = False  # it would redirect to a path that nobody has checked
    begin_traces_here(app, settings.trace_key)
    proxies = settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    upstreams = open_upstreams(settings)
    register(app, upstreams)
    register(app, open_limits(settings))
    register(app, open_stock(settings, inventory))
    tokens = Tokens(settings.token_keys, settings.token_lifetime_s)
    register(app, Authenticator(credentials or UsersCredentials(upstreams), tokens))
    register(app, Overviews(upstreams, threads=4 * settings.calls_per_instance))
    request_guard.guard(app)
    app.register_blueprint(proxy.blueprint)
    app.register_blueprint(routes.blueprint)
    extend_document(app, document.complete)
    add_health(app, lambda: None)
    return app
