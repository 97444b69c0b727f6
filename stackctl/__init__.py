"""The command line of Glasshouse: runs the real backends and the shop, drives traffic, proves telemetry."""
