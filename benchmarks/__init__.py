"""What being observed costs: `python -m benchmarks.overhead --help`. The results: docs/performance.md."""
