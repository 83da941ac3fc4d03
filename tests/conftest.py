"""Options of the whole test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record-histories` keeps the histories of this run's orders as the ones that later runs replay."""
    parser.addoption("--record-histories", action="store_true", help="write tests/replay/histories anew")
