"""Migrations: bring the order book's tables to the version that this code reads and writes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from orderbook.connection import book_url, explained, missing_file, open_engine, reading, revision, writing
from orderbook.errors import BookNotMigrated
from orderbook.tables import REVISION

_PATIENCE = timedelta(seconds=30)
_LOCK = 0x64726F  # "dro": any number will do, as long as all who migrate take the same.


def migrate(url: str, to: str = REVISION) -> None:
    """Bring the database to the newest version, in one transaction; several at once wait for each other.

    `to` stops at an earlier one: so a rehearsal gets the database of an earlier program.

    Raises:
        BookUnreachable: the database does not answer, or stays locked.
        BookNotMigrated: it is of a newer version.
    """
    parsed = book_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(url, _PATIENCE, create=True)
    try:
        with explained(url), writing(engine).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            found = revision(connection)
            if found is not None and found > REVISION:
                raise BookNotMigrated(found, REVISION)
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", "orderbook:migrations")
            command.upgrade(config, to)
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """Return the migration at which the database stands, None where nothing was migrated yet.

    Raises:
        BookUnreachable: the database does not answer.
    """
    if missing_file(url):
        return None
    engine = open_engine(url, _PATIENCE)
    try:
        with explained(url), reading(engine).connect() as connection:
            return revision(connection)
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Return whether the database has the tables of this version; raises as `current` does."""
    return current(url) == REVISION
