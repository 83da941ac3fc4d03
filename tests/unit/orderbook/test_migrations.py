"""Migrations make exactly the tables that the code knows, on both databases, from any installed place."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from orderbook.connection import open_engine, writing
from orderbook.errors import BookNotMigrated
from orderbook.migrate import current, is_current, migrate
from orderbook.store import OrderBook
from orderbook.tables import REVISION, Row
from tests.unit.orderbook.builders import NOON


def differences(url: str) -> list[object]:
    engine = open_engine(url, timedelta(seconds=1))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Row.metadata))
    finally:
        engine.dispose()


def test_migrations_from_empty_equal_the_metadata(url: str) -> None:
    assert differences(url) == []


def test_a_column_that_no_migration_made_is_a_difference(empty_url: str) -> None:
    migrate(empty_url)
    execute(empty_url, "ALTER TABLE orders DROP COLUMN actor")

    assert len(differences(empty_url)) == 1


def test_an_empty_database_is_at_no_migration_until_migrated(empty_url: str) -> None:
    assert (current(empty_url), is_current(empty_url)) == (None, False)

    migrate(empty_url)

    assert (current(empty_url), is_current(empty_url)) == (REVISION, True)


def test_migrating_again_changes_nothing(url: str) -> None:
    migrate(url)

    assert current(url) == REVISION
    assert differences(url) == []


def test_several_that_migrate_at_once_wait_for_each_other(empty_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrate, [empty_url] * 3))

    assert is_current(empty_url)


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "orderbook:migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_asking_for_the_migration_makes_no_file(tmp_path: Path) -> None:
    assert current(f"sqlite:///{tmp_path}/orders.db") is None
    assert list(tmp_path.iterdir()) == []


def test_migrating_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/home of ada/state/orders#1.db"

    migrate(url)

    assert (tmp_path / "home of ada" / "state" / "orders#1.db").is_file()
    OrderBook(url).ping()


@pytest.mark.parametrize("call", ["ping", "read", "write"])
def test_a_book_without_tables_says_to_migrate(empty_url: str, call: str) -> None:
    book = OrderBook(empty_url)

    with pytest.raises(BookNotMigrated) as error:
        calls(book)[call]()

    book.close()
    assert (error.value.found, error.value.expected) == (None, REVISION)
    assert str(error.value) == f"The order book has no tables, this version needs `{REVISION}`. Run `dro migrate`."


@pytest.mark.parametrize("call", ["ping", "read", "write"])
def test_a_book_of_an_earlier_version_says_to_migrate(empty_url: str, call: str) -> None:
    migrate(empty_url, "0001")

    with pytest.raises(BookNotMigrated) as error:
        calls(OrderBook(empty_url))[call]()

    told = f"The order book is at migration `0001`, this version needs `{REVISION}`. Run `dro migrate`."
    assert str(error.value) == told


@pytest.mark.parametrize("call", ["ping", "read", "write", "migrate"])
def test_a_book_of_a_newer_version_is_left_alone(empty_url: str, call: str) -> None:
    migrate(empty_url)
    execute(empty_url, "UPDATE alembic_version SET version_num = '9000'")

    with pytest.raises(BookNotMigrated) as error:
        migrate(empty_url) if call == "migrate" else calls(OrderBook(empty_url))[call]()

    assert "is at migration `9000`" in str(error.value)
    assert "Run the version that made it, or a newer one." in str(error.value)
    assert current(empty_url) == "9000"


def calls(book: OrderBook) -> dict[str, Callable[[], object]]:
    """Return calls of each kind."""
    return {
        "ping": book.ping,
        "read": book.orders,
        "write": lambda: book.record_late_answer("SO-1", "g.a", 1, at=NOON, why="over", answer=""),
    }


def execute(url: str, statement: str) -> None:
    engine = open_engine(url, timedelta(seconds=1))
    with writing(engine).begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
