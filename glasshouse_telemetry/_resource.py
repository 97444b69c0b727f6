"""Who is speaking: the OpenTelemetry resource, from what the code says and what the environment adds."""

import os
from uuid import uuid4

from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry import names


def describe_service(service_name: str | None = None, service_version: str | None = None) -> Resource:
    """The resource of this process. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES fill what is not given."""
    given = {names.SERVICE_NAME: service_name, names.SERVICE_VERSION: service_version}
    return Resource.create({key: value for key, value in given.items() if value})


def of_this_process(resource: Resource) -> Resource:
    """The resource with a `service.instance.id` that no other process has, forked children included.

    An id that the environment sets is the same for all workers of a server: it becomes the beginning of each.
    """
    given = resource.attributes.get(names.SERVICE_INSTANCE_ID)
    instance = f"{given}-{_instance[:8]}" if given else _instance
    return resource.merge(Resource({names.SERVICE_INSTANCE_ID: instance}))


_instance = str(uuid4())


def _become_another_instance() -> None:
    global _instance
    _instance = str(uuid4())


os.register_at_fork(after_in_child=_become_another_instance)


def name_of(resource: Resource) -> str:
    return str(resource.attributes[names.SERVICE_NAME])


def target_info(resource: Resource) -> dict[str, str]:
    """What metrics say of their target. No instance id: with one, every start would make new series."""
    wanted = (names.SERVICE_VERSION, names.SERVICE_NAMESPACE, names.DEPLOYMENT_ENVIRONMENT_NAME)
    return {names.label(key): str(resource.attributes[key]) for key in wanted if key in resource.attributes}
