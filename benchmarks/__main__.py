"""Everything that docs/performance.md tells, measured anew in about 11 minutes: `python -m benchmarks`."""

import sys

from benchmarks import collector_cost, overhead

if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(
            f"{__doc__}\nIts parts take options: python -m benchmarks.overhead --help, .collector_cost --help"
        )
    else:
        collector_cost.main()
        overhead.main()
