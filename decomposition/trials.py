"""Every rule and scenario that is tried on an order, also on one that is refused: what coverage is measured by."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.asking import Asking
from decomposition.assets import Assets
from decomposition.decompose import decompose
from decomposition.intake import order_values
from decomposition.lines import Line, Trial
from decomposition.order import Order
from decomposition.records import Records, tables_of
from decomposition.scenarios import Scenarios


class Tried(NamedTuple):
    """The lines of an order as far as they are known, and what was tried on them."""

    lines: tuple[Line, ...] = ()
    trace: tuple[Trial, ...] = ()


def tried(order: Order, catalog: Catalog, assets: Assets = (), *, now: datetime) -> Tried:
    """Return what is tried on an order accepted at `now`; nothing where it is refused before that."""
    decomposed = decompose(order, catalog, assets, now=now)
    if isinstance(decomposed, Refused):
        return Tried()
    titles = {each.code: each.name for each in (*catalog.products, *catalog.technical_products)}
    records = Records(order, order_values(order, catalog), decomposed.lines, titles, decomposed.assets)
    scenarios = Scenarios(catalog, Asking(tables_of(catalog.value_tables)), records)
    scenarios.match(decomposed.lines)
    return Tried(decomposed.lines, (*decomposed.trace, *scenarios.trace))
