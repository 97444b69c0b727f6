"""The console on a free port, before backends and a ./stack that are made up."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from console import create_app
from console.settings import Settings
from tests.pages.generated import ANSWERS
from tests.unit.stackctl.fake_backend import fake_backend


@contextmanager
def console_on_made_up_backends(state: Path, port: int = 0) -> Iterator[str]:
    """Yields its base address."""
    with ExitStack() as stack:
        urls = {name: stack.enter_context(fake_backend(answer)) for name, answer in ANSWERS.items()}
        app = create_app(
            Settings(
                urls={**urls, "grafana": "http://127.0.0.1:9"},
                state=state,
                stack=(sys.executable, "-m", "tests.pages.stand_in_stack"),
            )
        )
        server = make_server("127.0.0.1", port, _answering_at_once(app), threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _answering_at_once(app: WSGIApplication) -> WSGIApplication:
    """Werkzeug's server leaves files open when the browser goes elsewhere while they are sent."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as body:
            return [b"".join(body)]

    return answer
