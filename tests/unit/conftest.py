"""A file of faults, and a watch over it that looks when it is told to."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.faults import Watch

Switch = Callable[..., None]

ATTRIBUTES = {"service.name": "products", "service.version": "2"}


@pytest.fixture
def faults_file(tmp_path: Path) -> Path:
    return tmp_path / "faults.json"


@pytest.fixture
def watch(faults_file: Path) -> Iterator[Watch]:
    watch = Watch(faults_file, ATTRIBUTES)
    watch.look()
    yield watch
    watch.stop()


@pytest.fixture
def switch(faults_file: Path, watch: Watch) -> Switch:
    def switch(name: str, state: str = "on", **fields: Any) -> None:
        faults_file.write_text(json.dumps({name: {"state": state, **fields}}), encoding="utf-8")
        watch.look()

    return switch
