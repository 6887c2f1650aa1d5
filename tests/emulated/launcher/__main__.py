"""Starts ministack with the gaps filled: `python -m tests.emulated.launcher`, configured by its own environment."""

import os

from tests.emulated.launcher import deploying, permissions, running, services

for fill in (*deploying.GAPS, *running.GAPS, *permissions.GAPS, *services.GAPS):
    fill()

from ministack.app import main  # noqa: E402 - reads the modules that were changed

# A function's process must find its own code and layers, and nothing of this repository.
os.chdir(os.environ["TMPDIR"])
main()
