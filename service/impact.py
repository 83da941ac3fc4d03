"""What a catalog would do to the orders that were recorded: each planned as of its acceptance, one page in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from catalog.base import Frozen, Refused
from catalog.calendars import Calendars
from catalog.catalog import Catalog
from decomposition.impact import Impact, Impacts
from decomposition.needs import needs
from decomposition.plan import plan
from orderbook.accepted import PAGE, Chosen
from orderbook.store import OrderBook
from orderbook.views import StoredOrder
from service.versions import Side, catalog_named


class CatalogImpact(Frozen):
    """The catalog that was tried on recorded orders, and what became of them."""

    catalog: Side
    impact: Impact


Told = Callable[[int, int], None]
"""Is told, after each order, how many are done, and of how many."""


def impact(
    name: str, book: OrderBook, chosen: Chosen, told: Told | None = None, calendars: Calendars = ()
) -> CatalogImpact | Refused:
    """Return what the catalog of a folder or version does to recorded orders, or why it cannot be used.

    What an order got is planned anew on the version that it is pinned to, so that nothing but the catalog differs;
    working time counts by `calendars` with both.

    Raises:
        BookError: the order book does not answer.
    """
    found = catalog_named(name, book)
    if isinstance(found, Refused):
        return found
    known_as, catalog = found
    total = book.count_accepted(chosen)
    impacts = Impacts()
    for done, order in enumerate(_stream(book, chosen), start=1):
        _compare(impacts, order, catalog, book, calendars)
        if told is not None:
            told(done, total)
    return CatalogImpact(catalog=Side(name=known_as, digest=catalog.digest), impact=impacts.told())


def _stream(book: OrderBook, chosen: Chosen) -> Iterator[StoredOrder]:
    """Yield orders as they were accepted, page by page: of all orders at most two pages are held."""
    last: StoredOrder | None = None
    while page := book.accepted(chosen, after=last, limit=PAGE):
        yield from page
        last = page[-1]
        if len(page) < PAGE:
            return


def _compare(impacts: Impacts, stored: StoredOrder, catalog: Catalog, book: OrderBook, calendars: Calendars) -> None:
    if stored.catalog == catalog.digest:
        impacts.keep(stored.order)
        return
    pinned = book.catalog(stored.catalog)
    assert pinned is not None, f"version {stored.catalog} is pinned, but not stored"
    # Against what the account owned at the time: the order's own plan tells.
    assets = book.assets_met(stored.order.number) if needs(stored.order, pinned).any else ()
    at = stored.accepted_at
    before, after = (plan(stored.order, each, assets, now=at, calendars=calendars) for each in (pinned, catalog))
    impacts.add(stored.order, before, after)
