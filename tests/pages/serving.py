"""The console on a free port, before backends and a ./stack that are made up."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from werkzeug.serving import make_server

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
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
