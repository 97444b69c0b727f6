"""Log lines, of the shop and of what was done to it."""

# Of lines that somebody should read. Loki calls Python's CRITICAL fatal or critical, as the line says it.
_BAD = 'detected_level=~"warn|error|fatal|critical"'
_SHOP = '{service_namespace="shop",service_name!~"stackctl|console"}'
_SERVICE = '{service_name="$service"}'
_STACK = '{service_name="stackctl"}'


def by_severity() -> str:
    return f"sum by (detected_level) (rate({_SERVICE}[$__auto]))"


def of_service() -> str:
    return _SERVICE


def warnings_and_errors() -> str:
    return f"{_SHOP} | {_BAD}"


def warnings_and_errors_by_service() -> str:
    return f"sum by (service_name) (count_over_time({_SHOP} | {_BAD} [$__auto]))"


def drills() -> str:
    return f'{_STACK} | event_name=~"drill[.].+"'


def deployments() -> str:
    return f'{_STACK} | event_name=~"deploy[.].+"'
