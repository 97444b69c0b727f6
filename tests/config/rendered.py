"""Manifests as kustomize renders them, from a copy: the passwords of `local` are made there."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stackctl.fetch import ensure
from stackctl.paths import ROOT

OVERLAYS = ("local", "production", "scale-out")
# Whose files become ConfigMaps: each has a kustomization.yaml.
CONFIGURED = ("otel-collector", "prometheus", "alertmanager", "loki", "jaeger", "grafana", "dashboards/json")

Object = dict[str, Any]


class NotRendered(Exception):
    """kustomize refuses it."""


@dataclass(frozen=True)
class Copy:
    """A copy of the manifests and of what they read, to be changed at will."""

    root: Path

    @classmethod
    def into(cls, folder: Path) -> "Copy":
        for name in (*CONFIGURED, "deploy/kubernetes"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("secrets"))
        copy = cls(folder)
        subprocess.run([copy.manifests / "make-secrets"], check=True, capture_output=True)
        return copy

    @property
    def manifests(self) -> Path:
        return self.root / "deploy" / "kubernetes"

    def change(self, file: str, right: str, wrong: str) -> None:
        path = self.manifests / file
        text = path.read_text(encoding="utf-8")
        assert right in text
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    def render(self, folder: str) -> list[Object]:
        kustomize = ensure(["kustomize"])["kustomize"].path
        command = [str(kustomize), "build", str(self.manifests / folder)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if result.returncode:
            raise NotRendered(result.stderr)
        return list(yaml.load_all(result.stdout, Loader=yaml.CSafeLoader))


def of_kind(objects: list[Object], *kinds: str) -> dict[str, Object]:
    """By name; those of two namespaces must not share one."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] in kinds}


def pods(objects: list[Object]) -> dict[str, Object]:
    """The pod templates, by the name of what makes pods of them."""
    found = of_kind(objects, "Deployment", "StatefulSet", "DaemonSet", "Job")
    return {name: each["spec"]["template"] for name, each in found.items()}


def ports_of(pod: Object) -> dict[str, int]:
    return {
        port["name"]: port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    }
