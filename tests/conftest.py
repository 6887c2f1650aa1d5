"""Options of all tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-calls", metavar="FILE", help="note what the functions of integration tests ask of AWS")
