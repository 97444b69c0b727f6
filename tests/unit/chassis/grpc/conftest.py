"""A probe behind a gRPC server of its own, and a caller."""

from collections.abc import Iterator

import pytest

from chassis.grpc_server import GrpcServer
from tests.unit.chassis.grpc.probe import SERVICE, Caller, Probe


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def server(probe: Probe) -> Iterator[GrpcServer]:
    server = GrpcServer("127.0.0.1:0", SERVICE, probe.add_to)
    yield server
    server.stop()


@pytest.fixture
def caller(server: GrpcServer) -> Iterator[Caller]:
    caller = Caller(server.port)
    yield caller
    caller.peer.close()
