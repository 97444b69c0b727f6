"""The programs that no part of the stack runs, but that its tests check files with, as data."""

from collections.abc import Mapping

from stackctl.fetch.releases import Archive, Platform, Source, Unit
from stackctl.paths import ROOT


def units(versions: Mapping[str, str], platform: Platform) -> tuple[Unit, ...]:
    """For GitHub's workflows, and for the manifests of Kubernetes."""
    return (
        _actionlint(versions["actionlint"], platform),
        _kustomize(versions["kustomize"], platform),
    )


def _actionlint(version: str, platform: Platform) -> Unit:
    archive = Archive(
        folder=f"rhysd/actionlint/releases/download/v{version}",
        name=f"actionlint_{version}_{'_'.join(platform)}.tar.gz",
        checksums=f"actionlint_{version}_checksums.txt",
        members={"actionlint": "actionlint"},
    )
    source = Source(
        folder=ROOT / "backends/actionlint",
        packages=("github.com/rhysd/actionlint/cmd/actionlint",),
        stamp=f"github.com/rhysd/actionlint.version={version}",
        gigabytes=0.3,
        cpu_seconds=15,
    )
    return Unit("actionlint", version, ("actionlint",), archive, source)


def _kustomize(version: str, platform: Platform) -> Unit:
    archive = Archive(
        folder=f"kubernetes-sigs/kustomize/releases/download/kustomize%2Fv{version}",
        name=f"kustomize_v{version}_{'_'.join(platform)}.tar.gz",
        checksums="checksums.txt",
        members={"kustomize": "kustomize"},
    )
    source = Source(
        folder=ROOT / "backends/kustomize",
        packages=("sigs.k8s.io/kustomize/kustomize/v5",),
        stamp=f"sigs.k8s.io/kustomize/api/provenance.version=v{version}",
        gigabytes=0.6,
        cpu_seconds=30,
    )
    return Unit("kustomize", version, ("kustomize",), archive, source)
