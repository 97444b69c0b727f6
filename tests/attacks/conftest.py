"""Services as gunicorn serves them, on ports of their own: these attacks need no whole stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.processes import ServiceProcess


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder: Path = tmp_path_factory.mktemp("products")
    process = ServiceProcess("products", folder)
    process.start()
    process.wait_until_ready()
    yield process
    process.kill()
    process.wait()
