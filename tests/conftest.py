"""Options of the whole test run."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A slow example is no finding on a busy machine. CI tries the same examples each time, people try new ones.
settings.register_profile("dro", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dro")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record-histories` keeps the histories of this run's orders as the ones that later runs replay."""
    parser.addoption("--record-histories", action="store_true", help="write tests/replay/histories anew")
