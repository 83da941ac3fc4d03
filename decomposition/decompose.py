"""Decomposition: from order lines to technical lines, over any number of levels (`domain.md` D1-D5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from catalog.base import Code, Refused
from catalog.catalog import Catalog
from catalog.products import QuantityMethod
from catalog.rules import LineAction
from catalog.values import Value
from decomposition.asking import FAILED, Asking
from decomposition.assets import Assets
from decomposition.bubbling import bubbled
from decomposition.contributions import Contribution, Contributor
from decomposition.decomposed import Decomposition
from decomposition.family import Family
from decomposition.grouping import Grouping
from decomposition.holdings import Holdings
from decomposition.identities import Identities
from decomposition.intake import complete, day_of, order_values
from decomposition.lines import Line, LineId, LineKind, Trial, Verdict
from decomposition.order import Order
from decomposition.records import Records, tables_of
from decomposition.ruleset import RuleSet
from decomposition.settling import Former, Settling, formers_of


def decompose(order: Order, catalog: Catalog, assets: Assets = (), *, now: datetime) -> Decomposition | Refused:
    """Return all lines of an order and every rule tried, or all reasons to refuse it.

    `assets` are those that lines may meet (`decomposition.needs`): what becomes of one is the action of its line.
    Effective dates are as of the order's date, else of the day, in UTC, of `now`.
    """
    on = day_of(order, now)
    holdings = Holdings(assets)
    lines = complete(order, catalog, on, holdings)
    if isinstance(lines, Refused):
        return lines
    rules = RuleSet(catalog, on, _made_of(holdings))
    products = rules.order(sorted({line.product for line in lines}))
    if not isinstance(products, tuple):
        return Refused(issues=(products,))
    work = _Work(order, catalog, rules, lines, holdings, on)
    for line in lines:
        work.contribute(line)
    for code in products:
        for line in work.settle(code):
            work.contribute(line)
    return work.result()


def _made_of(holdings: Holdings) -> dict[Code, tuple[Code, ...]]:
    """Return to which products what the account has was decomposed, by product, whatever rules say today."""
    found: dict[Code, dict[Code, None]] = {}
    for asset in holdings:
        for made in holdings.made_of(asset.id):
            found.setdefault(asset.product, {})[made.product] = None
    return {code: tuple(sorted(targets)) for code, targets in found.items()}


class _Work:
    """The lines so far, what was contributed to technical products not yet settled, and what was tried."""

    def __init__(
        self, order: Order, catalog: Catalog, rules: RuleSet, lines: tuple[Line, ...], holdings: Holdings, on: date
    ) -> None:
        self._catalog = catalog
        self._rules = rules
        self._holdings = holdings
        self._asking = Asking(tables_of(catalog.value_tables))
        self._records = Records(order, order_values(order, catalog), lines, catalog.titles, holdings)
        self._family = Family(lines)
        self._lines = {line.id: line for line in lines}
        identities = Identities(order, catalog, self._lines, holdings)
        self._grouping = Grouping(catalog, self._asking, identities, holdings)
        self._contributor = Contributor(catalog, self._asking, on, self._grouping.is_there)
        self._settling = Settling(catalog, self._asking, self._contributor, identities, holdings)
        self._open: dict[Code, dict[LineId, list[Contribution]]] = {}
        self._formers: dict[Code, list[Former]] = {}
        self._trace: list[Trial] = []

    def contribute(self, line: Line) -> None:
        """Try the rules of a line's product on it and keep what they contribute, and what its asset did so far.

        What does not change contributes what it did, whatever rules say by now.
        """
        if line.asset is not None:
            for former in formers_of(line, line.asset, self._holdings).values():
                self._formers.setdefault(former.asset.product, []).append(former)
        if line.action is LineAction.NO_CHANGE:
            return
        names = self._names(line)
        for rule, verdict, why in self._rules.of(line.product):
            if verdict is not None:
                self._tried(line, rule.code, verdict, why)
                continue
            holds = self._asking.holds(rule.when, names, f"Rule `{rule.code}`, `when`", line)
            if holds is FAILED:
                continue
            if not holds:
                self._tried(line, rule.code, Verdict.CONDITION_FALSE, f"`{rule.when}` is false")
                continue
            part = self._contributor.contribution(rule, line, names)
            if part is None:
                what = f"`{rule.quantity}`" if rule.quantity is not None else "its quantity, converted,"
                self._tried(line, rule.code, Verdict.CONDITION_FALSE, f"{what} gives no quantity")
                continue
            self._tried(line, rule.code, Verdict.MATCHED, f"`{rule.when}` is true" if rule.when else "no condition")
            self._open.setdefault(rule.target, {}).setdefault(part.instance, []).append(part)

    def settle(self, code: Code) -> list[Line]:
        """Return the technical lines of a product, all of whose sources are known by now."""
        product = self._catalog.technical(code)
        if product is None:
            return []
        given = self._open.get(code, {})
        formers = sorted(self._formers.get(code, ()), key=lambda each: (each.line.id, each.asset.id))
        per_unit = product.quantity is QuantityMethod.PER_UNIT
        group = self._grouping.units if per_unit else self._grouping.groups
        settled = list(self._settling.lines(product, group(product, given, formers)))
        for line in settled:
            self._lines[line.id] = line
        return settled

    def result(self) -> Decomposition | Refused:
        """Return the lines in their order, technical ones under their parents, or what went wrong."""
        if self._asking.issues:
            return Refused(issues=tuple(self._asking.issues))
        ordered = sorted(self._lines.values(), key=lambda line: (line.kind is LineKind.TECHNICAL, line.id))
        trace = sorted(self._trace, key=lambda trial: (str(trial.line), trial.rule))
        lines = _bubbled(self._family.with_parents(ordered, self._catalog))
        met = self._holdings.with_those_above(each.asset for each in lines if each.asset is not None)
        return Decomposition(lines=lines, trace=tuple(trace), assets=met)

    def _names(self, line: Line) -> dict[str, Value]:
        bundle = self._family.bundle_of(line)
        return {
            "order": self._records.order,
            "source": self._records.line(line),
            "bundle": self._records.line(bundle) if bundle else None,
        }

    def _tried(self, line: Line, rule: Code, verdict: Verdict, why: str) -> None:
        self._trace.append(Trial(line=line.id, rule=rule, verdict=verdict, why=why))


def _bubbled(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the lines with what happens to technical bundles because of their parts; the others have it already."""
    ordered = list(lines)
    technical = iter(bubbled([each for each in ordered if each.kind is LineKind.TECHNICAL]))
    return tuple(next(technical) if each.kind is LineKind.TECHNICAL else each for each in ordered)
