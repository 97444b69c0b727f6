"""urllib3 observed at a pool's `urlopen`, which sends a request and its retries.

A request of a library above that is observed itself, such as requests, is not observed again.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

from opentelemetry.context import get_current
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from urllib3 import HTTPConnectionPool

from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.libraries.http_call import HttpCall, is_observed
from glasshouse_telemetry.libraries.patching import Patch

_PORTS: Final = {"http": 80, "https": 443}


def observe() -> None:
    """Observe every connection pool of this process."""
    _PATCH.apply()


def stop_observing() -> None:
    _PATCH.undo()


def _urlopen(
    urlopen: Callable[..., Any],
    pool: HTTPConnectionPool,
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    call = safe_call(_begin, pool, method, url, kwargs)
    if call is None:
        return urlopen(pool, method, url, body, headers, *args, **kwargs)
    sent = safe_call(_with_headers, pool, headers, call) or headers
    return call.run(_without_retries, urlopen, pool, method, url, body, sent, *args, **kwargs)


def _begin(pool: HTTPConnectionPool, method: str, url: str, kwargs: Mapping[str, Any]) -> HttpCall | None:
    context = get_current()
    if not is_observed(context):
        return None
    return HttpCall(str(method), _full_url(pool, str(url)), context, _resends(kwargs))


def _without_retries(urlopen: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`urlopen` calls itself for a retry."""
    with suppress_http_instrumentation():
        return urlopen(*args, **kwargs)


def _full_url(pool: HTTPConnectionPool, url: str) -> str:
    if not url.startswith("/"):
        if "://" in url:  # all of it is there when it goes to a proxy
            return url
        url = f"/{url}"
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    port = "" if pool.port in (None, _PORTS.get(pool.scheme or "")) else f":{pool.port}"
    return f"{pool.scheme}://{host}{port}{url}"


def _resends(kwargs: Mapping[str, Any]) -> int:
    """A redirect between hosts comes from the pool manager, with the history of what it has sent before."""
    return len(getattr(kwargs.get("retries"), "history", ()))


def _with_headers(
    pool: HTTPConnectionPool, headers: Mapping[str, str] | None, call: HttpCall
) -> MutableMapping[str, str]:
    """A copy: they may be those of the whole pool."""
    chosen: Any = pool.headers if headers is None else headers
    made: MutableMapping[str, str] = chosen.copy() if hasattr(chosen, "copy") else dict(chosen)
    call.hand_on(made)
    return made


_PATCH: Final = Patch(HTTPConnectionPool, "urlopen", _urlopen)
