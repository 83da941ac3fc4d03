"""Delivering: what an order has made of its account's assets, by where its lines and steps stand (`domain.md` A6).

It is told as a whole each time: what stands after it is what the order has delivered, and nothing else. So it may be
told again, and what a cancelled line had changed is as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from catalog.base import Code
from catalog.catalog import Catalog
from catalog.products import QuantityMethod
from catalog.rules import LineAction
from catalog.steps import StepType
from catalog.values import NamedValues
from decomposition.assets import Asset, AssetChange, AssetId, Contributed
from decomposition.holdings import Holdings
from decomposition.identities import Identities
from decomposition.lines import Line, LineId, LineKind, Source
from decomposition.model import OrderPlan, Step, StepId
from decomposition.needs import is_change
from fulfillment.rollup import ORDER_ENDED
from fulfillment.states import OrderState, StepState


class Stand(NamedTuple):
    """Where an order stands: its own state, those of its commercial lines and those of its steps, by id."""

    order: OrderState
    lines: Mapping[LineId, OrderState]
    steps: Mapping[StepId, StepState]


def delivered(
    plan: OrderPlan, catalog: Catalog, stand: Stand, earlier: tuple[AssetChange, ...], now: datetime
) -> tuple[AssetChange, ...]:
    """Return all changes that the order has made so far to assets, by asset.

    `earlier` are those that were told before: what they made keeps its dates, and what is delivered no more is ended,
    or as it was before the order.
    """
    work = _Delivery(plan, catalog, stand, {each.asset: each for each in earlier}, now)
    found = {each.asset: each for each in work.changes()}
    for each in earlier:
        if each.asset not in found:
            found[each.asset] = _taken_back(each, now)
    return tuple(found[each] for each in sorted(found))


def makes_assets(stage: str) -> bool:
    """Tell whether the end of a step of this type makes assets."""
    return stage == StepType.STAGED_ASSETIZE


class _Delivery:
    """What is delivered of one plan."""

    def __init__(
        self, plan: OrderPlan, catalog: Catalog, stand: Stand, earlier: Mapping[AssetId, AssetChange], now: datetime
    ) -> None:
        self._plan = plan
        self._catalog = catalog
        self._stand = stand
        self._earlier = earlier
        self._now = now
        self._holdings = Holdings(plan.assets)
        self._lines = {line.id: line for line in plan.lines}
        self._identities = Identities(plan.order, catalog, self._lines, self._holdings)
        self._steps: dict[LineId, list[Step]] = {}
        for step in plan.steps:
            for source in step.sources:
                self._steps.setdefault(source, []).append(step)
        self._known: dict[LineId, bool] = {}

    def changes(self) -> Iterator[AssetChange]:
        """Yield what each delivered line makes of its asset, if that is anything."""
        staged = self._staged()
        ended = self._stand.order in ORDER_ENDED
        for line in self._plan.lines:
            if line.cancelled or not self._catalog.is_asset(line.product):
                continue
            if line.id in staged or (ended and self._is_delivered(line)):
                yield from self._change(line)

    def _staged(self) -> frozenset[LineId]:
        """Return the lines of the staged steps that have been reached, and all that they were decomposed to."""
        reached = [
            source
            for step in self._plan.steps
            if makes_assets(self._plan.definition_of(step).step.type)
            and self._stand.steps.get(step.id) is StepState.COMPLETED
            for source in step.sources or step.origin
        ]
        below: dict[LineId, list[LineId]] = {}
        for line in self._plan.lines:
            for source in line.sources:
                below.setdefault(source.line, []).append(line.id)
        found: dict[LineId, None] = {}
        while reached:
            line_id = reached.pop()
            if line_id not in found:
                found[line_id] = None
                reached += below.get(line_id, ())
        return frozenset(found)

    def _is_delivered(self, line: Line) -> bool:
        if line.id not in self._known:
            self._known[line.id] = self._worked_out(line)
        return self._known[line.id]

    def _worked_out(self, line: Line) -> bool:
        """Tell whether the customer has what a line says: its own steps tell, else those of what it comes from."""
        if line.cancelled:
            return False
        if line.kind is LineKind.COMMERCIAL:
            return self._stand.lines.get(line.id) in (OrderState.COMPLETED, OrderState.PARTIAL)
        own = [each for each in self._steps.get(line.id, ()) if self._counts(each)]
        if own:
            return all(self._stand.steps.get(each.id) in _DONE for each in own)
        return any(self._is_delivered(self._lines[each.line]) for each in line.sources)

    def _counts(self, step: Step) -> bool:
        return step.id not in self._plan.unwanted and step.undoes is None

    def _change(self, line: Line) -> Iterator[AssetChange]:
        before = self._holdings.asset(line.asset)
        if before is not None and not is_change(line):
            return
        asset = self._ended(line, before) if line.action is LineAction.CANCEL else self._living(line, before)
        if asset is not None:
            yield AssetChange(line=line.id, before=before, after=asset)

    def _ended(self, line: Line, before: Asset | None) -> Asset | None:
        if before is None:
            return None
        earlier = self._earlier.get(before.id)
        at = earlier.after.valid_to if earlier and earlier.after.valid_to else self._now
        return before.model_copy(update={"valid_to": at, **self._by(line)})

    def _living(self, line: Line, before: Asset | None) -> Asset:
        update = {
            "quantity": line.quantity,
            "attributes": self._attributes(line),
            "term": line.term,
            "parent": self._parent(line) or (before.parent if before else None),
            "sources": self._sources(line, before) or tuple(self._of_parts(line)),
            **self._by(line),
        }
        if before is not None:
            return before.model_copy(update=update)
        code = self._identities.of(line.id)
        earlier = self._earlier.get(code)
        since = earlier.after.valid_from if earlier and earlier.before is None else self._now
        product = self._catalog.technical(line.product)
        made = Asset(
            id=code,
            account=self._plan.order.account,
            product=line.product,
            kind=line.kind,
            quantity=line.quantity,
            key=self._identities.key(product, line.id) if product else "",
            valid_from=since,
            made_by=self._plan.order.number,
            made_for=line.id,
        )
        return made.model_copy(update=update)

    def _by(self, line: Line) -> dict[str, str]:
        return {"changed_by": self._plan.order.number, "changed_for": line.id}

    def _attributes(self, line: Line) -> NamedValues:
        kept = {each.name for each in self._catalog.attributes_of(line.product) if each.assetized}
        return tuple(each for each in line.attributes if each.name in kept)

    def _parent(self, line: Line) -> AssetId | None:
        above = self._lines.get(line.parent) if line.parent is not None else None
        while above is not None and not self._catalog.is_asset(above.product):
            above = self._lines.get(above.parent) if above.parent is not None else None
        return self._identities.of(above.id) if above is not None else None

    def _sources(self, line: Line, before: Asset | None) -> tuple[Contributed, ...]:
        """Return what the asset comes from: what others gave before, and then what the order's lines give.

        Some ways of merging go by this order.
        """
        changing = [each for each in line.sources if each.action is not LineAction.NO_CHANGE]
        told = {asset for each in changing for asset in self._identities.behind(each.line)}
        stays = [each for each in (before.sources if before else ()) if each.source not in told]
        living = (each for each in changing if each.action is not LineAction.CANCEL)
        gives = [one for each in living for one in self._contributed(line, each)]
        return (*stays, *gives)

    def _of_parts(self, line: Line) -> Iterator[Contributed]:
        """Yield what keeps a line alive to which nothing contributes any more: what its living parts were ordered for.

        With that it ends later. All of it counts for the first one.
        """
        found: dict[AssetId, Code] = {}
        for part in self._plan.lines:
            if part.parent == line.id and part.kind is LineKind.TECHNICAL and part.action is not LineAction.CANCEL:
                for each in self._sources(part, self._holdings.asset(part.asset)):
                    found.update(dict.fromkeys(self._ordered(each.source), each.rule))
        left = line.quantity
        for source, rule in found.items():
            yield Contributed(source=source, rule=rule, quantity=left)
            left = Decimal(0)

    def _ordered(self, asset: AssetId) -> Iterator[AssetId]:
        """Yield the assets that were ordered, and that an asset comes from over all levels: itself, if it is one."""
        known = {self._identities.of(each.id): each for each in self._plan.lines}
        waiting, seen = [asset], {asset: None}
        while waiting:
            code = waiting.pop()
            held, line = self._holdings.asset(code), known.get(code)
            above = [each.source for each in held.sources] if held else []
            if not held and line:
                above = [one for each in line.sources for one in self._identities.behind(each.line)]
            if not above:
                yield code
            waiting += [each for each in above if each not in seen]
            seen.update(dict.fromkeys(above))

    def _contributed(self, line: Line, source: Source) -> Iterator[Contributed]:
        """Yield what a source contributes, by the assets behind it; the last one has what is left of the division."""
        shares = self._identities.behind(source.line, living=True)
        product = self._catalog.technical(line.product)
        if len(shares) > 1 and product is not None and product.quantity is QuantityMethod.PER_UNIT:
            shares = {self._whose(line, source, shares): Fraction(1)}
        left = source.quantity
        for number, (asset, share) in enumerate(sorted(shares.items()), 1):
            part = Fraction(source.quantity) * share
            quantity = left if number == len(shares) else Decimal(part.numerator) / part.denominator
            left -= quantity
            yield Contributed(source=asset, rule=source.rule, quantity=quantity, values=source.values)

    def _whose(self, line: Line, source: Source, shares: Mapping[AssetId, Fraction]) -> AssetId:
        """Return which of the assets behind a source a unit of its comes from: a unit is not divided."""
        units = [
            each.id
            for each in self._plan.lines
            if each.product == line.product and any(one.line == source.line for one in each.sources)
        ]
        before = Fraction(sorted(units, key=_unit).index(line.id), len(units))
        found = ""
        for asset, share in sorted(shares.items()):
            found, before = asset, before - share
            if before < 0:
                break
        return found


def _unit(line: LineId) -> tuple[int, str]:
    number = line.rpartition("#")[2].partition("+")[0]
    return (int(number) if number.isdigit() else 0), line


_DONE = (StepState.COMPLETED, StepState.SKIPPED)


def _taken_back(change: AssetChange, now: datetime) -> AssetChange:
    """Return a change that is delivered no more: what it made has ended, what it changed is as it was before."""
    if change.before is not None:
        return change.model_copy(update={"after": change.before})
    ended = change.after if change.after.valid_to else change.after.model_copy(update={"valid_to": now})
    return change.model_copy(update={"after": ended})
