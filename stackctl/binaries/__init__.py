"""Where the backends' programs come from: PATH, the cache, an official archive, a build from source."""

from stackctl.binaries.ensure import ensure
from stackctl.binaries.grafana import grafana_home, grafana_line, locate_grafana
from stackctl.binaries.locate import locate
from stackctl.binaries.releases import Program

__all__ = ["Program", "ensure", "grafana_home", "grafana_line", "locate", "locate_grafana"]
