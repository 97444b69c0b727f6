"""What each pod must have: limits, probes, and the context that the restricted profile demands."""

from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]

# Reads the log files of the nodes, which belong to root; it is in a namespace of its own.
READS_NODES = "otel-agent"


def problems(name: str, pod: Object, *, serves: bool) -> Iterator[str]:
    """`serves`: it runs until it is stopped, as a job does not."""
    spec = pod["spec"]
    context = spec.get("securityContext", {})
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield f"{name}: no seccomp profile"
    if name != READS_NODES:
        yield from _restricted(name, spec, context)
    for container in spec["containers"]:
        yield from _contained(name, container)
        missing = {"startupProbe", "livenessProbe", "readinessProbe"} - container.keys() if serves else set()
        yield from (f"{name}: no {probe}" for probe in sorted(missing))


def _restricted(name: str, spec: Object, context: Object) -> Iterator[str]:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield f"{name}: may run as root"
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{name}: has a token for the API server"
    for volume in spec.get("volumes", []):
        if not volume.keys() & {"configMap", "secret", "emptyDir", "projected"}:
            yield f"{name}: volume {volume['name']} is of a kind that is not allowed"
    if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        yield f"{name}: shares a namespace with its node"


def _contained(name: str, container: Object) -> Iterator[str]:
    resources = container.get("resources", {})
    for kind in ("requests", "limits"):
        if resources.get(kind, {}).keys() != {"cpu", "memory"}:
            yield f"{name}: no {kind}"
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False or context.get("capabilities") != {
        "drop": ["ALL"]
    }:
        yield f"{name}: may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{name}: may write to its image"
    if ":" not in container["image"] or container["image"].endswith(":latest"):
        yield f"{name}: image without a version"
