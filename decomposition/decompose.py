"""Decomposition: from order lines to technical lines, over any number of levels (`domain.md` D1-D4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from catalog.base import Code, Refused
from catalog.catalog import Catalog
from catalog.products import QuantityMethod, TechnicalProduct
from catalog.values import Value
from decomposition.asking import FAILED, Asking
from decomposition.assets import Assets
from decomposition.contributions import Contribution, Contributor
from decomposition.family import Family
from decomposition.intake import complete, day_of, order_values
from decomposition.lines import Decomposition, Line, LineId, LineKind, Source, Trial, Verdict
from decomposition.merging import agreed, merged
from decomposition.order import Order
from decomposition.records import Records, tables_of
from decomposition.ruleset import RuleSet

MAX_UNITS = 10_000
"""Most technical lines that one contribution becomes with the quantity method `per_unit`."""


def decompose(
    order: Order,
    catalog: Catalog,
    assets: Assets = (),  # noqa: ARG001 - actions against assets come with changes in flight
    *,
    now: datetime,
) -> Decomposition | Refused:
    """Return all lines of an order and every rule tried, or all reasons to refuse it.

    Nothing makes `assets` yet, so none are compared with; an action that needs one is refused by `intake`.
    Effective dates are as of the order's date, else of the day, in UTC, of `now`.
    """
    on = day_of(order, now)
    lines = complete(order, catalog, on)
    if isinstance(lines, Refused):
        return lines
    rules = RuleSet(catalog, on)
    products = rules.order(sorted({line.product for line in lines}))
    if not isinstance(products, tuple):
        return Refused(issues=(products,))
    work = _Work(order, catalog, rules, lines, on)
    for line in lines:
        work.contribute(line)
    for code in products:
        for line in work.settle(code):
            work.contribute(line)
    return work.result()


class _Work:
    """The lines so far, what was contributed to technical products not yet settled, and what was tried."""

    def __init__(self, order: Order, catalog: Catalog, rules: RuleSet, lines: tuple[Line, ...], on: date) -> None:
        titles = {each.code: each.name for each in (*catalog.products, *catalog.technical_products)}
        self._catalog = catalog
        self._rules = rules
        self._asking = Asking(tables_of(catalog.value_tables))
        self._contributor = Contributor(catalog, self._asking, on)
        self._records = Records(order, order_values(order, catalog), lines, titles)
        self._family = Family(lines)
        self._lines = {line.id: line for line in lines}
        self._open: dict[Code, dict[LineId, list[Contribution]]] = {}
        self._trace: list[Trial] = []

    def contribute(self, line: Line) -> None:
        """Try the rules of a line's product on it and keep what they contribute."""
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
        instances = self._open.get(code, {})
        if product is None:
            return []
        settled: list[Line] = []
        for instance in sorted(instances):
            parts = sorted(instances[instance], key=lambda each: (each.source.id, each.rule.priority, each.rule.code))
            settled += self._instances(product, instance, parts)
        for line in settled:
            self._lines[line.id] = line
        return settled

    def result(self) -> Decomposition | Refused:
        """Return the lines in their order, technical ones under their parents, or what went wrong."""
        if self._asking.issues:
            return Refused(issues=tuple(self._asking.issues))
        ordered = sorted(self._lines.values(), key=lambda line: (line.kind is LineKind.TECHNICAL, line.id))
        trace = sorted(self._trace, key=lambda trial: (str(trial.line), trial.rule))
        return Decomposition(lines=self._family.with_parents(ordered, self._catalog), trace=tuple(trace))

    def _instances(self, product: TechnicalProduct, instance: LineId, parts: list[Contribution]) -> list[Line]:
        if product.quantity is not QuantityMethod.PER_UNIT:
            total = sum((each.quantity for each in parts), Decimal(0))
            quantity = Decimal(1) if product.quantity is QuantityMethod.ONE else total
            return [self._line(product, instance, quantity, parts)]
        units = [unit for part in parts for unit in self._units(part)]
        return [
            self._line(product, f"{instance}#{position}", Decimal(1), [unit]) for position, unit in enumerate(units, 1)
        ]

    def _units(self, part: Contribution) -> list[Contribution]:
        if part.quantity != part.quantity.to_integral_value() or part.quantity > MAX_UNITS:
            message = f"Rule `{part.rule.code}`: `{part.rule.target}` has one line per unit, "
            message += f"so its quantity must be a whole number up to {MAX_UNITS:,}, not {part.quantity}."
            self._asking.note("no_units", message, part.source)
            return []
        return [part._replace(quantity=Decimal(1))] * int(part.quantity)

    def _line(self, product: TechnicalProduct, code: LineId, quantity: Decimal, parts: list[Contribution]) -> Line:
        attributes, issues = merged(code, product, self._contributor.attributes(product.code), parts)
        self._asking.issues += issues
        self._contributor.anchors[code] = parts[0].anchor if parts[0].anchor != parts[0].instance else code
        sources = [each.source for each in parts]
        return Line(
            id=code,
            kind=LineKind.TECHNICAL,
            product=product.code,
            quantity=quantity,
            action=parts[0].source.action,
            root=agreed([each.root for each in sources]),
            attributes=attributes,
            ship_to=agreed([each.ship_to for each in sources]),
            bill_to=agreed([each.bill_to for each in sources]),
            requested_date=agreed([each.requested_date for each in sources]),
            term=agreed([each.term for each in sources]),
            sources=tuple(
                Source(line=each.source.id, rule=each.rule.code, quantity=each.quantity, action=each.source.action)
                for each in parts
            ),
            origin=tuple(sorted(dict.fromkeys(line for each in sources for line in each.origin))),
        )

    def _names(self, line: Line) -> dict[str, Value]:
        bundle = self._family.bundle_of(line)
        return {
            "order": self._records.order,
            "source": self._records.line(line),
            "bundle": self._records.line(bundle) if bundle else None,
        }

    def _tried(self, line: Line, rule: Code, verdict: Verdict, why: str) -> None:
        self._trace.append(Trial(line=line.id, rule=rule, verdict=verdict, why=why))
