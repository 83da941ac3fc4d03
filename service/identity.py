"""Who a process is to Temporal: its number, its machine, and which order book it reads and writes.

Workers show it where they poll, so that one with another order book is known before it takes an order.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from catalog.base import digest

_IDENTITY = re.compile(r"dro \d+@\S+ book (?P<mark>\S+)")
_POSTGRESQL_PORT = 5432


def identity(database: str) -> str:
    """Return how a process with this order book calls itself, such as `dro 4711@host book sqlite-1a2b3c4d`."""
    return f"dro {os.getpid()}@{socket.gethostname()} book {book_mark(database)}"


def book_mark(database: str) -> str:
    """Return a short mark of the database at a URL, the same for every user, password and driver."""
    if database.startswith("sqlite:///"):
        return f"sqlite-{_short(str(Path(database.removeprefix('sqlite:///')).resolve()))}"
    parts = urlsplit(database)
    where = f"{parts.hostname or ''}:{parts.port or _POSTGRESQL_PORT}{parts.path}?{parts.query}"
    return f"postgresql-{_short(where)}"


def mark_in(identity: str) -> str | None:
    """Return the mark of the order book in the identity of a process, None where it is none of ours."""
    found = _IDENTITY.fullmatch(identity)
    return found["mark"] if found else None


def _short(text: str) -> str:
    return digest(text)[:8]
