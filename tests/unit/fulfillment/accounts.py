"""An account that orders one thing after the other: each order is planned against what the ones before delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from catalog.base import Refused
from catalog.catalog import Catalog
from catalog.rules import LineAction
from decomposition.assets import Asset, AssetChange, Assets
from decomposition.lines import Line, LineKind
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from fulfillment.delivering import Stand, delivered
from fulfillment.states import OrderState, StepState
from tests.unit.decomposition.builders import NOW, an_order

ALL_ACTIONS = [each.value for each in LineAction if each is not LineAction.NO_CHANGE]


class Account:
    """One customer of one catalog; `assets` is what it has."""

    def __init__(self, catalog: Catalog, assets: Assets = ()) -> None:
        self.catalog = catalog
        self.assets = assets
        self.changes: tuple[AssetChange, ...] = ()
        self._orders = 0

    def order(self, lines: Mapping[str, object], **fields: object) -> OrderPlan:
        """Have lines ordered and delivered; return the plan of it."""
        found = self.planned(lines, **fields)
        assert isinstance(found, OrderPlan), found
        self.deliver(found)
        return found

    def planned(self, lines: Mapping[str, object], **fields: object) -> OrderPlan | Refused:
        """Return the plan of the next order, or why it is refused."""
        self._orders += 1
        order = an_order(lines, **{"number": f"SO-{self._orders}", **fields})
        return self.plan(order)

    def plan(self, order: Order) -> OrderPlan | Refused:
        """Return the plan of an order against what the account has."""
        return plan(order, self.catalog, self.assets, now=NOW + timedelta(days=self._orders))

    def deliver(self, done: OrderPlan, **lines: OrderState) -> None:
        """Let all of a plan have happened, but for lines that ended in another state."""
        states = {each.id: OrderState.COMPLETED for each in done.lines if each.kind is LineKind.COMMERCIAL}
        steps = {each.id: StepState.COMPLETED for each in done.steps}
        stand = Stand(OrderState.COMPLETED, {**states, **lines}, steps)
        self.changes = delivered(done, self.catalog, stand, (), done.accepted_at + timedelta(hours=1))
        after = {each.id: each for each in self.assets} | {each.asset: each.after for each in self.changes}
        self.assets = tuple(after[each] for each in sorted(after) if after[each].is_living)

    def of(self, product: str) -> tuple[Asset, ...]:
        """Return what the account has of a product."""
        return tuple(each for each in self.assets if each.product == product)

    def quantities(self) -> dict[str, list[Decimal]]:
        """Return how much the account has, by product."""
        codes = sorted({each.product for each in self.assets})
        return {code: sorted(each.quantity for each in self.of(code)) for code in codes}


def actions(found: OrderPlan) -> dict[str, str]:
    """Return the action of every line, by id."""
    return {line.id: line.action.value for line in found.lines}


def line(found: OrderPlan, code: str) -> Line:
    """Return a line of a plan."""
    return found.line(code)
