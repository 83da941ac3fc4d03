"""Order books on both databases, freshly migrated for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderbook.migrate import migrate
from orderbook.store import OrderBook
from tests.postgres import MISSING, cluster, execute, programs

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a cluster that has a migrated database `migrated` to copy."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    with cluster(found) as url:
        execute(url, "CREATE DATABASE migrated")
        migrate(f"{url}/migrated")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables; for SQLite of a file that is not there."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/orders.db"
    return _database(request.getfixturevalue("postgresql"), "template1")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database."""
    if request.param == "sqlite":
        file = f"sqlite:///{tmp_path}/orders.db"
        migrate(file)
        return file
    return _database(request.getfixturevalue("postgresql"), "migrated")


@pytest.fixture
def book(url: str) -> Iterator[OrderBook]:
    """An empty order book."""
    opened = OrderBook(url)
    yield opened
    opened.close()


def _database(cluster_url: str, template: str) -> str:
    name = f"test_{next(_NUMBERS)}"
    execute(cluster_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{cluster_url}/{name}"
