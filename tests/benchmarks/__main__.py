"""`python -m tests.benchmarks`: speed and size, as ratios measured in one run. Asserts nothing about time.

`python -m tests.benchmarks.read_endpoints` and `python -m tests.benchmarks.completion` take longer, and run alone.
"""

import argparse

from tests.benchmarks import handler_imports, local_run, runs_in_a_row, statistics_step


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--cases", type=int, nargs="*", default=[50, 200, 1000], help="sizes of the local run")
    parser.add_argument("--runs", type=int, default=100, help="small runs in a row, for what one leaves in memory")
    options = parser.parse_args()
    handler_imports.report()
    local_run.report(options.cases)
    statistics_step.report()
    runs_in_a_row.report(options.runs)


if __name__ == "__main__":
    main()
