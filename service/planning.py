"""Plans the order of a file with neither server nor database, every refusal at its place in the file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from catalog.base import Refused
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from service.catalogs import CatalogInUse, LoadedOrder, catalog_in_use, load_order, placed
from service.settings import Settings


def dry_run(file: Path, settings: Settings, now: datetime) -> OrderPlan | Refused:
    """Return the plan of the order in a file, or every reason why there is none; no server or database is asked."""
    loaded = load_order(file)
    if loaded.order is None:
        return Refused(issues=loaded.issues)
    use = catalog_in_use(settings)
    return use if isinstance(use, Refused) else planned(loaded, loaded.order, use, now)


def planned(loaded: LoadedOrder, order: Order, use: CatalogInUse, now: datetime) -> OrderPlan | Refused:
    """Return the plan of an order that was read from a file, as accepted at `now`."""
    found = plan(order, use.catalog, now=now)
    if isinstance(found, Refused):
        return Refused(issues=placed(found.issues, loaded.places))
    return found
