"""`python -m tests.benchmarks`: speed and size, as ratios measured in one run. Asserts nothing about time."""

import argparse

from tests.benchmarks import handler_imports, local_run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--cases", type=int, nargs="*", default=[50, 200, 1000], help="sizes of the local run")
    options = parser.parse_args()
    handler_imports.report()
    local_run.report(options.cases)


if __name__ == "__main__":
    main()
