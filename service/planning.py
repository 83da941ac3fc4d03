"""Plans the order of a file without a server, every refusal at its place in the file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from catalog.base import Refused
from catalog.calendars import Calendars
from decomposition.assets import Assets
from decomposition.model import OrderPlan
from decomposition.needs import needs
from decomposition.order import Order
from decomposition.plan import plan
from fulfillment.planning import run_plan
from orderbook.errors import BookError
from orderbook.store import OrderBook
from service.catalogs import CatalogInUse, LoadedOrder, calendars_in_use, catalog_in_use, load_order, placed
from service.settings import Settings

LARGEST_PLAN = 1024 * 1024
"""Bytes of a run plan in a workflow's history; Temporal's hard limit of a payload is twice that."""


def dry_run(file: Path, settings: Settings, now: datetime) -> OrderPlan | Refused:
    """Return the plan of the order in a file, or every reason why there is none; no server is asked."""
    loaded = load_order(file)
    if loaded.order is None:
        return Refused(issues=loaded.issues)
    use = catalog_at_hand(settings)
    if isinstance(use, Refused):
        return use
    calendars = calendars_in_use(settings, use.catalog)
    return planned(loaded, loaded.order, use, now, assets_at_hand(loaded.order, use, settings), calendars)


def assets_at_hand(order: Order, use: CatalogInUse, settings: Settings) -> Assets:
    """Return the assets that an order may meet; where the order book does not answer, nobody has any."""
    if not needs(order, use.catalog).any:
        return ()
    book = OrderBook(settings.database)
    try:
        return book.assets_for(order, use.catalog)
    except BookError:
        return ()
    finally:
        book.close()


def catalog_at_hand(settings: Settings) -> CatalogInUse | Refused:
    """Return the catalog in use, or why there is none; where the order book does not answer, nothing is published."""
    if settings.catalog and Path(settings.catalog).is_dir():
        return catalog_in_use(settings)
    book = OrderBook(settings.database)
    try:
        return catalog_in_use(settings, book)
    except BookError:
        return catalog_in_use(settings)
    finally:
        book.close()


def planned(
    loaded: LoadedOrder,
    order: Order,
    use: CatalogInUse,
    now: datetime,
    assets: Assets = (),
    calendars: Calendars = (),
) -> OrderPlan | Refused:
    """Return the plan of an order that was read from a file, as accepted at `now`, or why it cannot be run."""
    found = plan(order, use.catalog, assets, now=now, calendars=calendars)
    if isinstance(found, Refused):
        return Refused(issues=placed(found.issues, loaded.places))
    size = len(run_plan(found).model_dump_json())
    return _too_large(found, size) if size > LARGEST_PLAN else found


def _too_large(plan: OrderPlan, size: int) -> Refused:
    figures = f"{len(plan.steps):,} steps in {size / 1024:,.0f} KiB"
    limit = f"{LARGEST_PLAN // 1024:,} KiB"
    message = f"The plan of order `{plan.order.number}` is too large to run: {figures}, at most {limit}."
    lines = len(plan.order.lines)
    fitting = max(1, lines * LARGEST_PLAN * 9 // (size * 10))
    hint = f"Split the order into several: about {fitting:,} of its {lines:,} lines fit into one."
    return Refused.because("plan_too_large", message, hint)
