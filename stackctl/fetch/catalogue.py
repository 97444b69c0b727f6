"""The releases that the native stack runs, and those its tests check files with, as data.

Archives are called what the projects call them: Prometheus and Alertmanager by promu, the Collector by
goreleaser, Loki by its Makefile's `dist`, Jaeger by scripts/build/package-deploy.sh (2.x under the 1.x tag).
"""

from stackctl.fetch import checkers
from stackctl.fetch.releases import Archive, Platform, Source, Unit, host
from stackctl.paths import ROOT
from stackctl.settings.versions import pinned


def units(platform: Platform | None = None) -> tuple[Unit, ...]:
    """Every release, for this machine or another platform, in the order in which they are built."""
    versions, platform = pinned(), platform or host()
    return (
        _otelcol(versions["otelcol"], platform),
        _prometheus(versions["prometheus"], platform),
        _alertmanager(versions["alertmanager"], platform),
        _jaeger(versions["jaeger"], platform),
        _loki(versions["loki"], platform),
        *checkers.units(versions, platform),
    )


def _otelcol(version: str, platform: Platform) -> Unit:
    archive = Archive(
        folder=f"open-telemetry/opentelemetry-collector-releases/releases/download/v{version}",
        name=f"otelcol-contrib_{version}_{'_'.join(platform)}.tar.gz",
        checksums="opentelemetry-collector-releases_otelcol-contrib_checksums.txt",
        members={"otelcol": "otelcol-contrib"},
    )
    source = Source(
        folder=ROOT / "backends/otelcol",
        packages=("glasshouse/backends/otelcol",),
        tags="remove_all_sd",
        generator=f"go.opentelemetry.io/collector/cmd/builder@v{version}",
        gigabytes=3,
        cpu_seconds=240,
    )
    return Unit("otelcol", version, ("otelcol",), archive, source)


def _prometheus(version: str, platform: Platform) -> Unit:
    source = Source(
        folder=ROOT / "backends/prometheus",
        packages=(
            "github.com/prometheus/prometheus/cmd/prometheus",
            "github.com/prometheus/prometheus/cmd/promtool",
        ),
        stamp=f"github.com/prometheus/common/version.Version={version}",
        tags="remove_all_sd",
        gigabytes=2,
        cpu_seconds=150,
    )
    programs = ("prometheus", "promtool")
    archive = _of_prometheus("prometheus", version, platform, programs)
    return Unit("prometheus", version, programs, archive, source)


def _alertmanager(version: str, platform: Platform) -> Unit:
    source = Source(
        folder=ROOT / "backends/alertmanager",
        packages=(
            "github.com/prometheus/alertmanager/cmd/alertmanager",
            "github.com/prometheus/alertmanager/cmd/amtool",
        ),
        stamp=f"github.com/prometheus/common/version.Version={version}",
        gigabytes=1,
        cpu_seconds=60,
    )
    programs = ("alertmanager", "amtool")
    archive = _of_prometheus("alertmanager", version, platform, programs)
    return Unit("alertmanager", version, programs, archive, source)


def _of_prometheus(project: str, version: str, platform: Platform, programs: tuple[str, ...]) -> Archive:
    stem = f"{project}-{version}.{'-'.join(platform)}"
    return Archive(
        folder=f"prometheus/{project}/releases/download/v{version}",
        name=f"{stem}.tar.gz",
        checksums="sha256sums.txt",
        members={program: f"{stem}/{program}" for program in programs},
    )


def _jaeger(version: str, platform: Platform) -> Unit:
    stem = "-".join((f"jaeger-{version}", *platform))
    archive = Archive(
        folder=f"jaegertracing/jaeger/releases/download/{jaeger_tag(version)}",
        name=f"{stem}.tar.gz",
        checksums=f"jaeger-{version}.sha256sum.txt",
        members={"jaeger": f"{stem}/jaeger"},
    )
    source = Source(
        folder=ROOT / "backends/jaeger",
        packages=("github.com/jaegertracing/jaeger/cmd/jaeger",),
        stamp=f"github.com/jaegertracing/jaeger/internal/version.latestVersion=v{version}",
        gigabytes=3,
        cpu_seconds=210,
    )
    return Unit("jaeger", version, ("jaeger",), archive, source)


def jaeger_tag(version: str) -> str:
    """The release's tag and the Go module's version: 2.N was tagged as v1.(N+63) while both were released."""
    minor, patch = version.split(".")[1:]
    return f"v1.{int(minor) + 63}.{patch}"


def _loki(version: str, platform: Platform) -> Unit:
    stem = "-".join(("loki", *platform))
    archive = Archive(
        folder=f"grafana/loki/releases/download/v{version}",
        name=f"{stem}.zip",
        checksums="SHA256SUMS",
        members={"loki": stem},
    )
    source = Source(
        folder=ROOT / "backends/loki",
        packages=("github.com/grafana/loki/v3/cmd/loki",),
        stamp=f"github.com/grafana/loki/v3/pkg/util/build.Version={version}",
        gigabytes=3,
        cpu_seconds=240,
    )
    return Unit("loki", version, ("loki",), archive, source)
