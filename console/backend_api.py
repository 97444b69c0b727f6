"""What pages read from the backends: `/api/<backend>/<read>`, see reads.py."""

from flask import Blueprint, Response, jsonify, request

from console.backends import Answer, BackendError, Backends
from console.reads import Refused

_NO_JAEGER_PAGES = "not the Jaeger UI"  # says a Jaeger that was built without them


def blueprint(backends: Backends) -> Blueprint:
    routes = Blueprint("backend_api", __name__, url_prefix="/api")

    @routes.get("/<any(prometheus, loki, jaeger, alertmanager):backend>/<read>")
    def read(backend: str, read: str) -> Response:
        return _passed_on(backends.read(f"{backend}/{read}", request.args.items(multi=True)))

    @routes.get("/pages")
    def others_pages() -> Response:
        """Which other pages run: Grafana's, Jaeger's, Prometheus'."""
        found = {
            "grafana": backends.answers("grafana", "/api/health"),
            "jaeger": backends.answers("jaeger", "/", without=_NO_JAEGER_PAGES),
            "prometheus": backends.answers("prometheus", "/query"),
        }
        return jsonify(found)

    @routes.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    @routes.errorhandler(BackendError)
    def failed(error: BackendError) -> tuple[Response, int]:
        return jsonify(error=str(error)), error.status

    return routes


def _passed_on(answer: Answer) -> Response:
    """Always as JSON, whatever the backend says that it is."""
    packed = answer.encoding == "gzip" and request.accept_encodings.quality("gzip") > 0
    response = Response(answer.body if packed else answer.text, mimetype="application/json")
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
