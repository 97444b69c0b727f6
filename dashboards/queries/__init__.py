"""Named queries, by topic. They know no panel; a panel knows no metric.

`service`, `route` and `instance` are the variables of dashboards. Rates are over `$__rate_interval`, which
Grafana makes wide enough for four scrapes; numbers for the whole time that is shown are over `$__range`.
"""
