"""Where the backends' programs come from: PATH, the cache, an official archive, a build from source."""

from stackctl.fetch.ensure import ensure
from stackctl.fetch.grafana import grafana_home, grafana_line, locate_grafana
from stackctl.fetch.locate import locate
from stackctl.fetch.releases import Program

__all__ = ["Program", "ensure", "grafana_home", "grafana_line", "locate", "locate_grafana"]
