"""A shop that is open, in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.notifications.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    try:
        shop.open()
        yield shop
    finally:
        shop.close()
