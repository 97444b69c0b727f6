"""A gRPC server from its start to its end, and who waits for it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.grpc_server import THREADS, GrpcServer
from glasshouse_telemetry.testing import capture_logs, capture_metrics, capture_spans
from stackctl.system.polling import NotYet, poll_until
from tests.unit.chassis.grpc.probe import SERVICE, Caller, Probe


@contextmanager
def calling(port: int, timeout_s: float = 5) -> Iterator[Caller]:
    caller = Caller(port, timeout_s)
    yield caller
    caller.peer.close()


def test_an_answer_arrives(caller: Caller) -> None:
    assert caller.ask() == b"hello"


def test_a_caller_waits_no_longer_than_its_deadline(probe: Probe, server: GrpcServer) -> None:
    is_over = Event()
    probe.do = lambda _: is_over.wait(10)
    with calling(server.port, timeout_s=0.05) as caller:
        with pytest.raises(UpstreamTimeout):
            caller.ask()
        is_over.set()


def test_a_call_that_stands_in_line_until_its_deadline_is_not_begun(probe: Probe, server: GrpcServer) -> None:
    begun: list[object] = []
    all_begun, is_over = Event(), Event()

    def work(context: grpc.ServicerContext) -> None:
        begun.append(context)
        if len(begun) >= THREADS:
            all_begun.set()
        is_over.wait(10)

    probe.do = work
    with (
        ThreadPoolExecutor(THREADS) as pool,
        calling(server.port) as patient,
        calling(server.port, timeout_s=0.05) as hasty,
    ):
        answers = [pool.submit(patient.ask) for _ in range(THREADS)]
        assert all_begun.wait(10)
        with pytest.raises(UpstreamTimeout):
            hasty.ask()
        # The server learns of it later: its own 50 ms began when the call arrived.
        assert not is_over.wait(0.5)
        is_over.set()
        assert [answer.result() for answer in answers] == [b"hello"] * THREADS
        assert patient.ask() == b"hello"  # it stood behind the hasty one in the line
    assert len(begun) == THREADS + 1


def test_a_peer_that_is_away_is_a_failure_and_one_that_comes_back_is_found(probe: Probe) -> None:
    first = GrpcServer("127.0.0.1:0", SERVICE, probe.add_to)
    with calling(first.port, timeout_s=2) as caller:
        assert caller.ask() == b"hello"
        first.stop()
        with pytest.raises(UpstreamFailed):
            caller.ask()
        second = GrpcServer(f"127.0.0.1:{first.port}", SERVICE, probe.add_to)

        def answer() -> bytes | NotYet:
            try:
                return caller.ask()
            except UpstreamFailed as failure:
                return NotYet(str(failure))

        assert poll_until(answer, "the peer that came back", timeout=10) == b"hello"
        second.stop()


def test_a_port_that_is_taken_is_an_error(server: GrpcServer, probe: Probe) -> None:
    with pytest.raises(RuntimeError):
        GrpcServer(f"127.0.0.1:{server.port}", SERVICE, probe.add_to)


def test_a_server_that_stops_finishes_what_is_under_way(probe: Probe) -> None:
    begun, is_over = Event(), Event()

    def work(_: grpc.ServicerContext) -> None:
        begun.set()
        is_over.wait(10)

    probe.do = work
    server = GrpcServer("127.0.0.1:0", SERVICE, probe.add_to)
    with ThreadPoolExecutor(2) as pool, calling(server.port) as caller:
        answer = pool.submit(caller.ask)
        assert begun.wait(5)
        stopped = pool.submit(server.stop)
        is_over.set()
        assert answer.result() == b"hello"
        stopped.result()


def test_health_and_reflection_answer_and_are_quiet(server: GrpcServer) -> None:
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    health: Any = health_pb2_grpc.HealthStub(channel)
    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    wanted = reflection_pb2.ServerReflectionRequest(list_services="")
    with capture_logs() as lines, capture_spans() as spans, capture_metrics() as metrics:
        healthy = health.Check(health_pb2.HealthCheckRequest(service=SERVICE))
        (listed,) = reflection.ServerReflectionInfo(iter([wanted]))
    channel.close()
    names = {service.name for service in listed.list_services_response.service}
    assert healthy.status == health_pb2.HealthCheckResponse.SERVING
    assert names == {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert (lines, spans, metrics.increase("rpc_server_call_duration_seconds_count")) == ([], [], 0)
