"""How words, numbers, times, colours and tables look, wherever people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from catalog.values import NamedValues

GOOD, BUSY, BAD, QUIET = "green", "yellow", "bold red", "dim"


def words(state: str) -> str:
    """Return a state as people read it."""
    return state.replace("_", " ")


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 step", "2 steps"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(at: datetime | None) -> str:
    """Return a time in the local zone of whoever reads."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""


def values(named: NamedValues) -> str:
    """Return named values as people read them."""
    return ", ".join(f"{each.name} = {'null' if each.text is None else each.text}" for each in named)


def new_table(*columns: str) -> Table:
    """Return an empty table without lines around it."""
    found = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for each in columns:
        # Ids are to be copied whole.
        found.add_column(each, overflow="fold", no_wrap=each == "Step")
    return found
