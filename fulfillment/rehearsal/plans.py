"""The plans of one rehearsed order: the one in force, those before it, and how it grows and changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain

from catalog.catalog import Catalog
from decomposition.assets import Assets
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.trials import Tried
from fulfillment.commands import Amend
from fulfillment.delivering import Stand
from fulfillment.effects import Extend, PlanChange
from fulfillment.events import ChangePlanned, Extended, Prepared
from fulfillment.growing import grow
from fulfillment.planning import run_plan
from fulfillment.rehearsal.owned import afterwards
from fulfillment.replanning import replan


class Plans:
    """Plans as the activities of a worker do: `now` is the plan in force; orders are keyed by their digests."""

    def __init__(self, planned: OrderPlan, catalog: Catalog, assets: Assets) -> None:
        self.now = planned
        self._catalog = catalog
        self._assets = assets
        self._all = {planned.digest: planned}
        self._orders: dict[str, Order] = {}

    @property
    def former(self) -> Callable[[str], OrderPlan]:
        """Gives the plans that were or are in force, by digest."""
        return self._all.__getitem__

    @property
    def tried(self) -> Tried:
        """What was tried on the lines of any of the plans."""
        lines = {line.id: line for plan in self._all.values() for line in plan.lines}
        trace = dict.fromkeys(chain.from_iterable(plan.trace for plan in self._all.values()))
        return Tried(tuple(lines.values()), tuple(trace))

    def prepared(self) -> Prepared:
        """Return the plan as the run takes it."""
        return Prepared(plan=run_plan(self.now, self.former))

    def wanted(self, order: Order) -> str:
        """Keep the order that an amendment wants, and return its digest."""
        self._orders[order.digest] = order
        return order.digest

    def grown(self, effect: Extend) -> Extended:
        """Have the plan grow by an alternative."""
        told, grown = grow(self.now, self._catalog, effect)
        self._put(grown)
        return told

    def changed(self, effect: PlanChange) -> ChangePlanned:
        """Work a change out; if it may be, its plan is in force from now on."""
        order = self._orders[effect.wanted.order] if isinstance(effect.wanted, Amend) else None
        told, changed = replan(self.now, effect, order, self._catalog, self._assets, self.former)
        self._put(changed)
        return told

    def assets(self, stand: Stand, now: datetime) -> Assets:
        """Return what the account has once the order stands so."""
        return afterwards(self._assets, self.now, self._catalog, stand, now)

    def _put(self, plan: OrderPlan | None) -> None:
        if plan is not None:
            self.now = plan
            self._all[plan.digest] = plan
