"""Checks of declarations: attributes and value tables keep to their own types (`domain.md` C2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest
from catalog.checks.names import step_path
from catalog.products import Attribute
from catalog.step_graph import every_step
from catalog.steps import ManualTask
from catalog.values import NotOfType, Scalar, ValueType, coerce

_BOUNDED = (ValueType.INTEGER, ValueType.NUMBER, ValueType.MONEY, ValueType.DATE, ValueType.DATETIME)


def attributes_declared(catalog: Catalog) -> Iterator[tuple[Path, Attribute]]:
    """Yield every attribute, fact and form field with its path."""
    owners: list[tuple[Path, tuple[Attribute, ...]]] = [
        (("order_attributes",), catalog.order_attributes),
        (("order_facts",), catalog.order_facts),
        (("line_facts",), catalog.line_facts),
    ]
    for section, found in (
        ("classifications", catalog.classifications),
        ("products", catalog.products),
        ("technical_products", catalog.technical_products),
    ):
        owners += [((section, each.code, "attributes"), each.attributes) for each in found]
    for group, step in every_step(catalog):
        if isinstance(step, ManualTask):
            owners.append(((*step_path(f"{group.name}.{step.name}"), "form"), step.form))
    for function in catalog.functions:
        owners.append((("functions", function.name, "inputs"), function.inputs))
        owners.append((("functions", function.name, "outputs"), function.outputs))
    for path, attributes in owners:
        for attribute in attributes:
            yield (*path, attribute.name), attribute


def attribute_choices(catalog: Catalog) -> Iterable[Issue]:
    """A choice has choices, and only a choice has them."""
    for path, attribute in attributes_declared(catalog):
        if attribute.type is ValueType.CHOICE and not attribute.choices:
            message = f"The choice `{attribute.name}` has no choices."
            yield error("attribute_choices", path, message, "List them under `choices`, or make it text.")
        elif attribute.type is not ValueType.CHOICE and attribute.choices:
            message = f"`{attribute.name}` is of type {attribute.type.value}, but has choices."
            yield error("attribute_choices", (*path, "choices"), message, "Make its type `choice`.")


def attribute_bounds(catalog: Catalog) -> Iterable[Issue]:
    """`min` and `max` are of the attribute's type, which has an order, and leave something between them."""
    for path, attribute in attributes_declared(catalog):
        bounds = {name: raw for name, raw in (("min", attribute.min), ("max", attribute.max)) if raw is not None}
        if bounds and attribute.type not in _BOUNDED:
            message = f"`{attribute.name}` is of type {attribute.type.value}, which has no bounds."
            hint = "Bounds are for integers, numbers, money, dates and datetimes."
            yield error("attribute_bounds", (*path, next(iter(bounds))), message, hint)
            continue
        for name, raw in bounds.items():
            if problem := misfit(raw, attribute.type):
                yield error("attribute_bounds", (*path, name), f"`{name}` of `{attribute.name}`: {problem}.")
        low, high = known(attribute.min, attribute.type), known(attribute.max, attribute.type)
        if low is not None and high is not None and _above(low, high):
            message = f"`min` {attribute.min} of `{attribute.name}` is above its `max` {attribute.max}."
            yield error("attribute_bounds", (*path, "min"), message)


def attribute_default(catalog: Catalog) -> Iterable[Issue]:
    """A default is a value that the attribute may have: of its type, among its choices, within its bounds."""
    for path, attribute in attributes_declared(catalog):
        if attribute.default is not None and (found := refused(attribute.default, attribute)):
            message, hint = found
            yield error("attribute_default", (*path, "default"), f"The default of `{attribute.name}`: {message}.", hint)


def table_row(catalog: Catalog) -> Iterable[Issue]:
    """Keys and values of a value table are of its types."""
    for table in catalog.value_tables:
        for row in table.rows:
            for what, text, value_type in (("key", row.key, table.key), ("value", row.value, table.value)):
                if problem := misfit(text, value_type):
                    path: Path = ("value_tables", table.name, "rows", row.key)
                    yield error("table_row", path, f"The {what} of a row of `{table.name}`: {problem}.")


def refused(text: str, attribute: Attribute) -> tuple[str, str] | None:
    """Return why the attribute cannot have the value written `text`, with a hint; None when it can."""
    if problem := misfit(text, attribute.type):
        return problem, ""
    if attribute.choices and text not in attribute.choices:
        return f"`{text}` is not among the choices", nearest(text, attribute.choices, "Choices")
    value = known(text, attribute.type)
    low, high = known(attribute.min, attribute.type), known(attribute.max, attribute.type)
    if low is not None and value is not None and _above(low, value):
        return f"{text} is below the minimum {attribute.min}", ""
    if high is not None and value is not None and _above(value, high):
        return f"{text} is above the maximum {attribute.max}", ""
    return None


def misfit(text: str, value_type: ValueType) -> str:
    """Return what is wrong with `text` as a value of the type; empty when nothing is."""
    try:
        coerce(text, value_type)
    except NotOfType as problem:
        return str(problem)
    return ""


def known(text: str | None, value_type: ValueType) -> Scalar:
    """Return the value written `text` where the type has an order and it is of the type, else None."""
    return None if text is None or value_type not in _BOUNDED or misfit(text, value_type) else coerce(text, value_type)


def _above(left: Scalar, right: Scalar) -> bool:
    return bool(left > right)  # type: ignore[operator]  # both are of one type that has an order
