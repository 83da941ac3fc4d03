"""What activities need of the order book and it must have: without it a fixed book, not another try, helps."""

from __future__ import annotations

from temporalio.exceptions import ApplicationError

from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from orderbook.store import OrderBook


def stored_plan(book: OrderBook, digest: str) -> OrderPlan:
    """Return the plan of that digest.

    Raises:
        ApplicationError: the order book does not have it.
    """
    found = book.plan(digest)
    if found is None:
        raise ApplicationError(f"Plan {digest} is not in the order book.", type="PlanUnknown")
    return found


def stored_catalog(book: OrderBook, digest: str) -> Catalog:
    """Return the catalog version of that digest.

    Raises:
        ApplicationError: the order book does not have it.
    """
    found = book.catalog(digest)
    if found is None:
        raise ApplicationError(f"Catalog {digest} is not in the order book.", type="CatalogUnknown")
    return found
