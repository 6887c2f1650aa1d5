"""Where the project lies: the template, the state machine, the functions and the example."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
