"""What a service has to work with: threads, connections, processor, memory."""

from dashboards.queries.promql import INSTANCE, SERVICE, SHOP, rate, selector, total

_HERE = (SERVICE, INSTANCE)


def threads_busy_by_service() -> str:
    """Share of the threads, on average over the interval: the seconds of work done per second and thread."""
    work = total(rate("http_server_request_duration_seconds_sum", SHOP), "service_name")
    return f"{work} / {total('http_server_threads', 'service_name')}"


def threads_busy() -> str:
    work = total(rate("http_server_request_duration_seconds_sum", *_HERE), "instance")
    return f"{work} / {total(selector('http_server_threads', *_HERE), 'instance')}"


def threads_busy_of_service() -> str:
    """Of the instance that has most to do."""
    return f"max({threads_busy()})"


def instances() -> str:
    """Those that answer when they are scraped."""
    return total(selector("up", *_HERE))


def connections_used() -> str:
    """Share of the database connections that the pool may have."""
    used = total(
        selector("db_client_connection_count", *_HERE, 'db_client_connection_state="used"'), "instance"
    )
    return f"{used} / {total(selector('db_client_connection_max', *_HERE), 'instance')}"


def waiting() -> str:
    return total(selector("http_server_waiting_connections", *_HERE), "instance")


def processors_used() -> str:
    return total(rate("process_cpu_seconds_total", *_HERE), "instance")


def memory() -> str:
    return total(selector("process_resident_memory_bytes", *_HERE), "instance")


def collections() -> str:
    return total(rate("python_gc_collections_total", *_HERE), "generation")


def files_used() -> str:
    """Share of the file descriptors that the process may have."""
    return f"{selector('process_open_fds', *_HERE)} / {selector('process_max_fds', *_HERE)}"
