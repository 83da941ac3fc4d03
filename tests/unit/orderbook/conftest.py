"""Order books on both databases, freshly migrated for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.tables import Row
from tests.postgres import MISSING, cluster, execute, programs

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a cluster that has a migrated database `migrated`."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    with cluster(found) as url:
        execute(url, "CREATE DATABASE migrated")
        migrate(f"{url}/migrated")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables; for SQLite of a file that is not there."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/orders.db"
        return
    with _database(request.getfixturevalue("postgresql")) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated database without rows."""
    if request.param == "sqlite":
        file = f"sqlite:///{tmp_path}/orders.db"
        migrate(file)
        yield file
        return
    made = f"{request.getfixturevalue('postgresql')}/migrated"
    yield made
    _empty(made)


@pytest.fixture
def book(url: str) -> Iterator[OrderBook]:
    """An empty order book."""
    opened = OrderBook(url)
    yield opened
    opened.close()


@contextmanager
def _database(cluster_url: str) -> Iterator[str]:
    """Yield the URL of a database; hundreds of them would be gigabytes, so it goes when its test has ended."""
    name = f"test_{next(_NUMBERS)}"
    execute(cluster_url, f"CREATE DATABASE {name}")
    yield f"{cluster_url}/{name}"
    execute(cluster_url, f"DROP DATABASE {name} WITH (FORCE)")


def _empty(url: str) -> None:
    """Take all rows out: a database for each test would take ten times as long. What still holds a lock is ended."""
    tables = ", ".join(f'"{each}"' for each in Row.metadata.tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())
