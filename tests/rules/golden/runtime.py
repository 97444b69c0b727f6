"""What a service has to work with. Instance c is not chosen."""

from dashboards.queries import runtime
from tests.rules.golden.worlds import Golden, Topic, World

_A, _B, _C = (f'service_name="orders", instance="{name}"' for name in "abc")
_WORK = "http_server_request_duration_seconds_sum"

WORLD = World(
    counters={
        # Of 8 threads each: a tenth, a twentieth and 45 %.
        f"{_WORK}{{{_A}}}": 0.8,
        f"{_WORK}{{{_B}}}": 0.4,
        f"{_WORK}{{{_C}}}": 3.6,
        f'{_WORK}{{service_name="jaeger"}}': 50,
        f"process_cpu_seconds_total{{{_A}}}": 0.3,
        f"process_cpu_seconds_total{{{_B}}}": 0.1,
        f"process_cpu_seconds_total{{{_C}}}": 0.9,
        f'python_gc_collections_total{{{_A}, generation="0"}}': 1,
        f'python_gc_collections_total{{{_B}, generation="0"}}': 2,
        f'python_gc_collections_total{{{_C}, generation="0"}}': 9,
        f'python_gc_collections_total{{{_A}, generation="2"}}': 0.1,
    },
    gauges={
        f"http_server_threads{{{_A}}}": 8,
        f"http_server_threads{{{_B}}}": 8,
        f"http_server_threads{{{_C}}}": 8,
        f"up{{{_A}}}": 1,
        f"up{{{_B}}}": 1,
        f"up{{{_C}}}": 1,
        f'db_client_connection_count{{{_A}, db_client_connection_state="used"}}': 4,
        f'db_client_connection_count{{{_A}, db_client_connection_state="idle"}}': 12,
        f'db_client_connection_count{{{_B}, db_client_connection_state="used"}}': 1,
        f'db_client_connection_count{{{_C}, db_client_connection_state="used"}}': 9,
        f"db_client_connection_max{{{_A}}}": 16,
        f"db_client_connection_max{{{_B}}}": 10,
        f"db_client_connection_max{{{_C}}}": 10,
        f"http_server_waiting_connections{{{_A}}}": 2,
        f"http_server_waiting_connections{{{_B}}}": 0,
        f"http_server_waiting_connections{{{_C}}}": 9,
        f"process_resident_memory_bytes{{{_A}}}": 100e6,
        f"process_resident_memory_bytes{{{_B}}}": 90e6,
        f"process_resident_memory_bytes{{{_C}}}": 800e6,
        f"process_open_fds{{{_A}}}": 50,
        f"process_open_fds{{{_C}}}": 900,
        f"process_max_fds{{{_A}}}": 1000,
        f"process_max_fds{{{_C}}}": 1000,
    },
    chosen={"service": "orders", "instance": "a|b"},
)


def _each(a: float, b: float) -> dict[str, float]:
    return {'{instance="a"}': a, '{instance="b"}': b}


TOPIC = Topic(
    "runtime",
    WORLD,
    [
        Golden(
            runtime.threads_busy_by_service(),
            {'{service_name="orders"}': 0.2},
            {'{service_name="orders"}': 0},
        ),
        Golden(runtime.threads_busy(), _each(0.1, 0.05), _each(0, 0)),
        Golden(runtime.threads_busy_of_service(), {"{}": 0.1}, {"{}": 0}),
        Golden(runtime.instances(), {"{}": 2}),
        Golden(runtime.connections_used(), _each(0.25, 0.1)),
        Golden(runtime.waiting(), _each(2, 0)),
        Golden(runtime.processors_used(), _each(0.3, 0.1), _each(0, 0)),
        Golden(runtime.memory(), _each(100e6, 90e6)),
        Golden(
            runtime.collections(),
            {'{generation="0"}': 3, '{generation="2"}': 0.1},
            {'{generation="0"}': 0, '{generation="2"}': 0},
        ),
        Golden(runtime.files_used(), {f"{{{_A}}}": 0.05}),
    ],
)
