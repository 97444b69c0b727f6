"""What queries are put together from."""

RATE = "$__rate_interval"
RANGE = "$__range"

SERVICE = 'service_name="$service"'
SERVICES = 'service_name=~"$service"'  # where any number can be chosen
INSTANCE = 'instance=~"$instance"'
ROUTE = 'http_route=~"$route"'

# Whom a call goes to, as the label of the caller's metrics has it.
PEER = "service_peer_name"

# Jaeger observes itself by metrics of the same names.
SHOP = 'service_name!~"jaeger|console"'

# What is the server's fault. A call that was never answered has no status, and is its fault too.
HTTP_FAILURE = 'http_response_status_code!~"[1-4].."'
_RPC_STATUSES = "UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS"
RPC_FAILURE = f'rpc_response_status_code=~"{_RPC_STATUSES}"'


def rate(metric: str, *matchers: str, window: str = RATE) -> str:
    return f"rate({selector(metric, *matchers)}[{window}])"


def increase(metric: str, *matchers: str, window: str = RANGE) -> str:
    return f"increase({selector(metric, *matchers)}[{window}])"


def selector(metric: str, *matchers: str) -> str:
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric


def total(expr: str, by: str = "") -> str:
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


def quantile(share: float, buckets: str, by: str = "") -> str:
    """Of a histogram, from the rates of its buckets."""
    return f"histogram_quantile({share}, {total(buckets, f'{by}, le' if by else 'le')})"


def or_zero(expr: str) -> str:
    """For counters that are not there before they first count."""
    return f"({expr}) or vector(0)"


def ratio(part: str, whole: str, by: str = "") -> str:
    """A share, 0 where there is a whole and no part."""
    whole_total = total(whole, by)
    return f"({total(part, by)} or 0 * {whole_total}) / {whole_total}"
