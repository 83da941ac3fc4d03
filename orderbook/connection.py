"""The connection to the order book: SQLite or PostgreSQL, one transaction per piece of work, errors in words."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from orderbook.errors import BookNotMigrated, BookUnreachable
from orderbook.tables import REVISION

BUSY_TIMEOUT = timedelta(seconds=1)
"""How long one piece of work waits for another one's lock."""

_TRIES = 3
_KEPT_OPEN, _MORE = 8, 24  # connections: what a worker's threads need at its busiest

T = TypeVar("T")


def book_url(url: str) -> URL:
    """Return the URL with the driver that we install: `postgresql://` means psycopg."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def shown(url: str) -> str:
    """Return the URL as people may see it, its password replaced."""
    return book_url(url).render_as_string(hide_password=True)


def missing_file(url: str) -> bool:
    """Return whether this is a SQLite database whose file is not there."""
    parsed = book_url(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file()


def open_engine(url: str, busy_timeout: timedelta, *, create: bool = False) -> Engine:
    """Return an engine that connects when first used; a SQLite file is made only with `create`."""
    parsed = book_url(url)
    seconds = busy_timeout.total_seconds()
    pool = {"pool_size": _KEPT_OPEN, "max_overflow": _MORE, "pool_timeout": max(seconds, 1.0)}
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(Path(parsed.database or "").absolute(), seconds, pool, create=create)
    options = {"connect_timeout": 3, "options": f"-c lock_timeout={int(seconds * 1000)}"}
    return create_engine(parsed, pool_pre_ping=True, connect_args=options, **pool)


def _sqlite(file: Path, seconds: float, pool: dict[str, Any], *, create: bool) -> Engine:
    address = f"file:{quote(str(file))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        # Transactions are begun by `_begin`: the driver's own begin only at the first write, and then too late.
        connection = sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False)
        _set_to_wal(connection, seconds)
        for pragma in ("synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(URL.create("sqlite", database=str(file)), creator=connect, **pool)
    event.listen(engine, "begin", _begin)
    return engine


def _set_to_wal(connection: sqlite3.Connection, seconds: float) -> None:
    """Set the file to write-ahead logging; SQLite does not wait for others when it changes a file's mode, so we do."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: one that had to upgrade its lock could fail without waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write."""
    return engine.execution_options(writes=True)


def reading(engine: Engine) -> Engine:
    """Return the engine for transactions that read: all statements of one see the same moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def revision(connection: Connection) -> str | None:
    """Return the migration at which the database stands, None for one without."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Raise what the driver says about an unreachable database as `BookUnreachable`."""
    try:
        yield
    except NoConnectionFree:
        raise BookUnreachable(shown(url), "all connections are in use") from None
    except DatabaseError as error:
        # The bare class is what SQLite raises for a file that is no database; its other subclasses are about content.
        if type(error) not in (DatabaseError, OperationalError, InterfaceError):
            raise
        raise BookUnreachable(shown(url), _why(error)) from error


def _why(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__


class Connected:
    """One order book; any thread may use it, and each call is one transaction."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
        self.url = url
        self._engine = open_engine(url, busy_timeout)
        self._reading = reading(self._engine)
        self._writing = writing(self._engine)
        self._busy = busy_timeout.total_seconds()
        # Threads that queue here get their turn at once; SQLite would make them sleep and try again.
        self._turn = threading.Lock() if self._engine.dialect.name == "sqlite" else None
        self._is_known_to_fit = False

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def ping(self) -> None:
        """Return if the book answers and has the tables of this version.

        Raises:
            BookUnreachable: it does not answer.
            BookNotMigrated: its tables are of another version.
        """
        with explained(self.url):
            self._refuse_other_version()

    def _refuse_other_version(self) -> None:
        found = self._found()
        if found != REVISION:
            raise BookNotMigrated(found, REVISION)
        self._is_known_to_fit = True

    def _found(self) -> str | None:
        if missing_file(self.url):
            return None
        with self._reading.connect() as connection:
            return revision(connection)

    def _read(self, work: Callable[[Session], T]) -> T:
        with self._in_words(), Session(self._reading, expire_on_commit=False) as session:
            return work(session)

    def _write(self, work: Callable[[Session], T]) -> T:
        """Do the work in one transaction; once more where another writer was first with the same key."""
        for _ in range(_TRIES - 1):
            try:
                return self._commit(work)
            except IntegrityError:
                continue
        return self._commit(work)

    def _commit(self, work: Callable[[Session], T]) -> T:
        with (
            self._in_words(),
            self._queued(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            return work(session)

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._busy):
            raise BookUnreachable(shown(self.url), "other threads write to it all the time")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        with explained(self.url):
            # Asked before the first statement: a book of a newer version may take many before one fails.
            if not self._is_known_to_fit:
                self._refuse_other_version()
            yield
