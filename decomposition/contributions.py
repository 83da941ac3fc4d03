"""Contributions: what one rule makes of one line, before several of them become one technical line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from catalog.base import Code, Name
from catalog.catalog import Catalog
from catalog.products import Attribute, Scope, ScopeKind, TechnicalProduct
from catalog.rules import DecompositionRule, LineAction, ValueTable
from catalog.rules import Mapping as Declared
from catalog.units import converted
from catalog.values import NotOfType, Scalar, Value, coerce
from catalog.words import did_you_mean, kind_of
from decomposition.asking import FAILED, Answer, Asking
from decomposition.keys import key_text, short_hash
from decomposition.lines import Line, LineId

IsThere: TypeAlias = Callable[[TechnicalProduct, LineId], bool]


class Contribution(NamedTuple):
    """What a rule makes of a line: how much, with which attributes, as part of which instance.

    `instance` is the id of the technical line; `anchor` the order line it is unique over, else the id itself. `nulled`
    are attributes that it says have no value, in place of what the customer had.
    """

    source: Line
    rule: DecompositionRule
    quantity: Decimal
    values: dict[Name, Scalar]
    instance: LineId
    anchor: LineId
    nulled: tuple[Name, ...] = ()


class Contributor:
    """Applies rules to lines as of the day `on`.

    `anchors` gives, by technical line, what its line-scoped parts are unique over. `is_there` tells whether the account
    has what a technical line of the order would add.
    """

    def __init__(self, catalog: Catalog, asking: Asking, on: date, is_there: IsThere = lambda _, __: False) -> None:
        self._is_there = is_there
        self.anchors: dict[LineId, LineId] = {}
        self._catalog = catalog
        self._asking = asking
        self._on = on
        self._attributes: dict[Code, dict[Name, Attribute]] = {}

    def contribution(self, rule: DecompositionRule, line: Line, names: Mapping[str, Value]) -> Contribution | None:
        """Return what `rule`, whose condition holds, makes of `line`; None with issues, or for a quantity of zero."""
        target = self._catalog.technical(rule.target)
        if target is None:
            message = f"Rule `{rule.code}` has the target `{rule.target}`, which is no technical product."
            hint = did_you_mean(
                rule.target, (each.code for each in self._catalog.technical_products), "Technical products"
            )
            self._asking.note("unknown_target", message, line, hint)
            return None
        before = len(self._asking.issues)
        if line.action is LineAction.ADD and not target.is_effective(self._on):
            message = (
                f"Rule `{rule.code}` leads to `{target.code}` ({target.name}), which is in force {target.period}, "
            )
            self._asking.note("not_effective", f"{message}not on {self._on}.", line, "Order what it comes from later.")
        place = self._instance(target, rule, line, names)
        first = line.action is LineAction.ADD and line.asset is None
        first = first and not (place is not None and self._is_there(target, place[0]))
        said = self._values(rule, line, names, first=first)
        quantity = self._quantity(rule, target, line, names)
        if quantity is None or place is None or len(self._asking.issues) > before:
            return None
        instance, anchor = place
        values: dict[Name, Scalar] = {name: value for name, value in said.items() if value is not None}
        nulled = tuple(name for name, value in said.items() if value is None)
        return Contribution(line, rule, quantity, values, instance, anchor, nulled) if quantity else None

    def attributes(self, product: Code) -> dict[Name, Attribute]:
        """Return the attributes of a technical product by name."""
        if product not in self._attributes:
            self._attributes[product] = {each.name: each for each in self._catalog.attributes_of(product)}
        return self._attributes[product]

    def _quantity(
        self, rule: DecompositionRule, target: TechnicalProduct, line: Line, names: Mapping[str, Value]
    ) -> Decimal | None:
        """Return what the line contributes, in the unit of the target and rounded to its scale."""
        quantity = self._converted(rule, target, line) if rule.quantity is None else self._asked(rule, line, names)
        unit = self._catalog.unit_of(target)
        return quantity if quantity is None or unit is None else unit.rounded(quantity)

    def _converted(self, rule: DecompositionRule, target: TechnicalProduct, line: Line) -> Decimal | None:
        product = self._catalog.product(line.product)
        source, wanted = (self._catalog.unit_of(each) if each else None for each in (product, target))
        if source is None or wanted is None:
            return line.quantity
        if source.dimension == wanted.dimension:
            return converted(line.quantity, source, wanted)
        message = f"Rule `{rule.code}`: `{source.code}` does not convert into `{wanted.code}` of `{target.code}`."
        self._asking.note("unconvertible_quantity", message, line, "Say under `quantity` what one source contributes.")
        return None

    def _asked(self, rule: DecompositionRule, line: Line, names: Mapping[str, Value]) -> Decimal | None:
        asker = f"Rule `{rule.code}`, quantity"
        answer = self._asking.value(rule.quantity or "", names, asker, line)
        if answer is FAILED:
            return None
        if isinstance(answer, int | Decimal) and not isinstance(answer, bool) and answer >= 0:
            return Decimal(answer)
        message = f"{asker}: `{rule.quantity}` must give a number from 0 on, it gives {kind_of(answer)}."
        self._asking.note("no_quantity", message, line)
        return None

    def _values(
        self, rule: DecompositionRule, line: Line, names: Mapping[str, Value], *, first: bool
    ) -> dict[Name, Scalar]:
        """Return the mapped attributes, `null` for what maps to nothing; without what is past its first."""
        values: dict[Name, Scalar] = {}
        attributes = self.attributes(rule.target)
        for mapping in rule.mappings:
            if mapping.first_fulfillment_only and not first:
                continue
            asker = f"Rule `{rule.code}`, mapping of `{mapping.target}`"
            attribute = attributes.get(mapping.target)
            if attribute is None:
                hint = did_you_mean(mapping.target, attributes, "Its attributes")
                self._asking.note("unknown_attribute", f"{asker}: `{rule.target}` has no such attribute.", line, hint)
                continue
            answer = self._mapped(mapping, asker, line, names)
            if answer is FAILED:
                continue
            try:
                values[mapping.target] = coerce(answer, attribute.type)
            except NotOfType as error:
                self._asking.note("unfit_value", f"{asker}: {error}.", line)
        return values

    def _mapped(self, mapping: Declared, asker: str, line: Line, names: Mapping[str, Value]) -> Answer:
        if mapping.copy_from is not None:
            for each in line.attributes:
                if each.name == mapping.copy_from:
                    return each.value
            message = f"{asker}: `{line.product}` has no attribute `{mapping.copy_from}` to copy."
            self._asking.note("unknown_attribute", message, line)
            return FAILED
        if mapping.of is not None:
            key = self._asking.value(mapping.of, names, asker, line)
            return key if key is FAILED or key is None else self._looked_up(mapping.table or "", key, asker, line)
        if mapping.expression is not None:
            return self._asking.value(mapping.expression, names, asker, line)
        return mapping.constant

    def _looked_up(self, name: str, key: Value, asker: str, line: Line) -> Answer:
        table = self._catalog.table(name)
        rows = self._asking.tables.get(name)
        if table is None or rows is None:
            hint = did_you_mean(name, (each.name for each in self._catalog.value_tables), "Value tables")
            self._asking.note("unknown_table", f"{asker}: there is no value table `{name}`.", line, hint)
            return FAILED
        typed = _key(table, key)
        if typed in rows:
            return rows[typed]
        hint = did_you_mean(str(key), (row.key for row in table.rows), "Its keys")
        message = f"{asker}: the value table `{name}` has no value for {kind_of(key)}."
        self._asking.note("not_in_table", message, line, hint)
        return FAILED

    def _instance(
        self, target: TechnicalProduct, rule: DecompositionRule, line: Line, names: Mapping[str, Value]
    ) -> tuple[LineId, LineId] | None:
        scope = target.scope
        if scope.kind is not ScopeKind.BY or scope.by is None:
            return self._placed(target.code, scope.kind, line)
        asker = f"Scope of `{target.code}`, reached by rule `{rule.code}`"
        answer = self._asking.value(scope.by, {"order": names["order"], "source": names["source"]}, asker, line)
        if answer is FAILED:
            return None
        key = key_text(answer)
        if key is None:
            return self._placed(target.code, _fallback(scope), line)
        code = f"{target.code}~{short_hash(key)}"
        return code, code

    def _placed(self, code: Code, kind: ScopeKind, line: Line) -> tuple[LineId, LineId]:
        if kind in (ScopeKind.ORDER, ScopeKind.ACCOUNT):
            return code, code
        if kind is ScopeKind.BUNDLE and line.root is not None:
            return f"{code}@{line.root}", f"{code}@{line.root}"
        anchor = self.anchors.get(line.id, line.id)
        return f"{code}@{anchor}", anchor


def _key(table: ValueTable, key: Value) -> Scalar:
    """Return a key as the table's keys are typed; one of another type is in no table."""
    try:
        return coerce(key, table.key)
    except NotOfType:
        return None


def _fallback(scope: Scope) -> ScopeKind:
    return scope.fallback or ScopeKind.LINE
