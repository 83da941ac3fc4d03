"""Checks of mappings: each attribute of a technical line gets a value that it may have (`domain.md` C5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.declarations import refused
from catalog.checks.issues import error, nearest
from catalog.checks.written import type_of
from catalog.expressions import ScalarType, Type, choice, describe, fits, scalar
from catalog.products import Attribute
from catalog.reach import Reach
from catalog.reach_types import wanted_type
from catalog.rules import DecompositionRule, Mapping, ValueTable
from catalog.values import ValueType
from catalog.words import listed


def unknown_attribute(catalog: Catalog) -> Iterable[Issue]:
    """A mapping fills an attribute that the rule's target has."""
    for rule, attributes in _rules(catalog):
        for mapping in rule.mappings:
            if mapping.target not in attributes:
                message = f"`{rule.target}` has no attribute `{mapping.target}`."
                hint = nearest(mapping.target, attributes, "Its attributes")
                yield error("unknown_attribute", _path(rule, mapping), message, hint)


def copied_attribute(catalog: Catalog) -> Iterable[Issue]:
    """A copied attribute is one of the source, and of a type that the target's attribute takes."""
    reach = Reach(catalog)
    for rule, mapping, target in _mapped(catalog):
        sources = reach.sources(rule)
        if mapping.copy_from is None or not sources:
            continue
        path = (*_path(rule, mapping), "copy_from")
        found = reach.attribute(sources, mapping.copy_from)
        if found is None:
            names = dict.fromkeys(each.name for code in sources for each in catalog.attributes_of(code))
            message = f"`{rule.product or rule.classification}` has no attribute `{mapping.copy_from}`."
            yield error("copied_attribute", path, message, nearest(mapping.copy_from, names, "Its attributes"))
        elif target is not None:
            yield from _copied(path, mapping.copy_from, found, target)


def _copied(path: Path, name: str, found: Type, target: Attribute) -> Iterator[Issue]:
    wanted = wanted_type(target)
    if not fits(found, wanted):
        message = (
            f"`{name}` is {describe(found, with_null=False)}; `{target.name}` is {describe(wanted, with_null=False)}."
        )
        yield error("copied_attribute", path, message, "Map it with a value table or an expression.")
    elif found.nullable and not wanted.nullable:
        message = f"`{name}` may be missing, but `{target.name}` is required."
        hint = f"Give a default: `expression: coalesce(source.attributes.{name}, ...)`."
        yield error("copied_attribute", path, message, hint)


def constant_value(catalog: Catalog) -> Iterable[Issue]:
    """A constant is a value that the target's attribute may have."""
    for rule, mapping, target in _mapped(catalog):
        if mapping.constant is not None and target is not None and (found := refused(mapping.constant, target)):
            message, hint = found
            path = (*_path(rule, mapping), "constant")
            yield error("constant_value", path, f"The constant for `{target.name}`: {message}.", hint)


def table_value(catalog: Catalog) -> Iterable[Issue]:
    """The values of a mapping's value table are of a type that the target's attribute takes."""
    for rule, mapping, target in _mapped(catalog):
        table = catalog.table(mapping.table) if mapping.table is not None else None
        if table is None or target is None:
            continue
        values, wanted = _values(table), wanted_type(target)
        if not fits(values, wanted):
            message = (
                f"`{table.name}` gives {describe(values)}; `{target.name}` is {describe(wanted, with_null=False)}."
            )
            yield error("table_value", (*_path(rule, mapping), "table"), message, "Change the table or the attribute.")


def _values(table: ValueTable) -> ScalarType:
    written = tuple(row.value for row in table.rows)
    if table.value is ValueType.CHOICE:
        return choice(*written)
    # The texts of a table are known, so that they can be compared with choices.
    return ScalarType(ValueType.TEXT, literals=written) if table.value is ValueType.TEXT else scalar(table.value)


def missing_key(catalog: Catalog) -> Iterable[Issue]:
    """A value table looked up by a choice has a row for every value of the choice."""
    reach = Reach(catalog)
    for rule, mapping, _ in _mapped(catalog):
        table = catalog.table(mapping.table) if mapping.table is not None else None
        if table is None or mapping.of is None:
            continue
        of = type_of(mapping.of, reach.rule(rule))
        keys = {row.key for row in table.rows}
        missing = [each for each in of.choices if each not in keys] if isinstance(of, ScalarType) else []
        if missing:
            message = f"`{table.name}` has no {'row' if len(missing) == 1 else 'rows'} for {listed(missing)}."
            yield error("missing_key", (*_path(rule, mapping), "of"), message, "Add what is missing to the table.")


def unfilled_attribute(catalog: Catalog) -> Iterable[Issue]:
    """A rule fills every attribute of its target that is required and has no default."""
    for rule, attributes in _rules(catalog):
        mapped = {each.target for each in rule.mappings}
        for name, attribute in attributes.items():
            if attribute.required and attribute.default is None and name not in mapped:
                message = f"`{rule.target}` requires `{name}`, which this rule does not fill."
                hint = "Add a mapping for it, or give the attribute a default."
                yield error("unfilled_attribute", ("decomposition_rules", rule.code), message, hint)


def _rules(catalog: Catalog) -> Iterator[tuple[DecompositionRule, dict[str, Attribute]]]:
    for rule in catalog.decomposition_rules:
        if catalog.technical(rule.target) is not None:
            yield rule, {each.name: each for each in catalog.attributes_of(rule.target)}


def _mapped(catalog: Catalog) -> Iterator[tuple[DecompositionRule, Mapping, Attribute | None]]:
    for rule, attributes in _rules(catalog):
        for mapping in rule.mappings:
            yield rule, mapping, attributes.get(mapping.target)


def _path(rule: DecompositionRule, mapping: Mapping) -> Path:
    return ("decomposition_rules", rule.code, "mappings", mapping.target)
