"""Metrics on a port of their own (METRICS_PORT), for a service whose other port clients can reach."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app

PATH = "/metrics"


class MetricsPort:
    """Answers on that port alone, and there nothing else."""

    def __init__(self, wsgi_app: WSGIApplication, port: int) -> None:
        self._wsgi_app = wsgi_app
        self._port = str(port)
        self._metrics_app = make_wsgi_app()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["SERVER_PORT"] != self._port:
            return self._wsgi_app(environ, start_response)
        if environ["PATH_INFO"] == PATH:
            body: Iterable[bytes] = self._metrics_app(environ, start_response)
            return body
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []
