"""What happens when the database is away, locked or asked by many."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from orderbook.connection import open_engine
from orderbook.errors import BookUnreachable
from orderbook.migrate import current
from orderbook.store import OrderBook
from tests.unit.orderbook.builders import a_batch, accept, an_entry

SOON = timedelta(milliseconds=200)


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    book = OrderBook("postgresql://dro:secret@127.0.0.1:1/orders")

    with pytest.raises(BookUnreachable) as error:
        book.ping()

    assert error.value.url == "postgresql+psycopg://dro:***@127.0.0.1:1/orders"
    assert "refused" in error.value.why
    assert "secret" not in str(error.value)
    assert "dro settings" in str(error.value)


def test_asking_a_database_that_is_away_for_its_migration_says_so() -> None:
    with pytest.raises(BookUnreachable):
        current("postgresql://dro:secret@127.0.0.1:1/orders")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.db").write_text("not a database, but longer than a header of one hundred bytes" * 3)

    with pytest.raises(BookUnreachable, match="not a database"):
        OrderBook(f"sqlite:///{tmp_path}/orders.db").ping()


def test_a_locked_book_gives_up_after_its_time_and_works_again_when_free(url: str) -> None:
    book = OrderBook(url, busy_timeout=SOON)
    accept(book)
    book.write_batch(a_batch(1))

    with locked(url):
        began = time.monotonic()
        with pytest.raises(BookUnreachable, match="lock"):
            book.write_batch(a_batch(2))
        took = time.monotonic() - began

    assert 0.15 < took < 30  # it waited, and not for ever
    book.write_batch(a_batch(2))
    assert book.last_batch("SO-1") == 2
    book.close()


def test_a_locked_book_can_be_read(url: str) -> None:
    book = OrderBook(url, busy_timeout=SOON)
    accept(book)
    book.write_batch(a_batch(1))

    with locked(url):
        assert book.last_batch("SO-1") == 1

    book.close()


def test_a_sqlite_book_loses_no_commit_and_keeps_its_references(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/orders.db", SOON, create=True)
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    engine.dispose()

    assert found == ["wal", 2, 1, 200]


def test_a_write_that_fails_half_way_leaves_nothing(book: OrderBook) -> None:
    accept(book)
    without_offset = an_entry("hold").model_copy(update={"at": an_entry("hold").at.replace(tzinfo=None)})

    with pytest.raises(Exception, match="needs its offset"):
        book.write_batch(a_batch(1, audit=(an_entry("retry"), without_offset)))

    assert book.last_batch("SO-1") == 0
    assert book.audit("SO-1") == ()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock that a writer of `SO-1` needs."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
    else:
        with psycopg.connect(url) as session:
            session.execute("SELECT * FROM order_progress FOR UPDATE")
            yield
            session.rollback()
