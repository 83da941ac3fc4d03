"""Values that a person typed, read by what the step declares: its outputs, or the form of its task (`domain.md` F4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from catalog.products import Attribute
from catalog.systems import OutputMapping
from catalog.values import NamedValue, NamedValues, NotOfType, Scalar, ValueType, coerce, named, to_text
from catalog.words import did_you_mean, listed
from fulfillment.commands import GivenValue
from fulfillment.runplan import RunDefinition

_BOUNDED = (ValueType.INTEGER, ValueType.NUMBER, ValueType.MONEY, ValueType.DATE, ValueType.DATETIME)


def typed(definition: RunDefinition, given: tuple[GivenValue, ...]) -> tuple[NamedValues, tuple[str, ...]]:
    """Return what was given as the values that a step of this definition ends with, by name, and all problems."""
    fields = definition.form or tuple(_field(each) for each in definition.outputs)
    texts = {each.name: each.value for each in given}
    problems = list(_misnamed(given, [each.name for each in fields]))
    values: list[NamedValue] = []
    for field in fields:
        text = texts.get(field.name, field.default)
        if text is None and field.required:
            problems.append(f"`{field.name}` is missing")
            continue
        try:
            value = read_value(field, text)
        except NotOfType as problem:
            problems.append(f"`{field.name}`: {problem}")
        else:
            values.append(named(field.name, field.type, value))
    return tuple(sorted(values, key=lambda each: each.name)), tuple(problems)


def edits(definition: RunDefinition, given: tuple[GivenValue, ...]) -> tuple[NamedValues, tuple[str, ...]]:
    """Return what was given in place of parts of a step's input, by name, and all problems.

    A value whose type the catalog does not know stays text: it takes the type of what it replaces when that is known.
    """
    known = {each.name: each.declared or Attribute(name=each.name, type=ValueType.TEXT) for each in definition.inputs}
    problems = list(_misnamed(given, list(known), "input"))
    if not given:
        problems.append("no input is given; write each as `--input NAME=VALUE`")
    values: list[NamedValue] = []
    for each in given:
        if each.name in known:
            try:
                value = read_value(known[each.name], each.value)
            except NotOfType as problem:
                problems.append(f"`{each.name}`: {problem}")
            else:
                values.append(named(each.name, known[each.name].type, value))
    return tuple(sorted(values, key=lambda each: each.name)), tuple(problems)


def example(definition: RunDefinition) -> str:
    """Return the options of a command line that gives these values, `name=…` for each that must be given."""
    word = "--value" if definition.form else "--output"
    fields = definition.form or tuple(_field(each) for each in definition.outputs)
    return " ".join(f"{word} {each.name}=…" for each in fields if each.required and each.default is None)


def _field(output: OutputMapping) -> Attribute:
    return Attribute(name=output.name, type=output.type, required=not output.optional)


def _misnamed(given: tuple[GivenValue, ...], known: list[str], what: str = "value") -> Iterable[str]:
    for name, count in sorted(Counter(each.name for each in given).items()):
        if name not in known:
            hint = did_you_mean(name, known, "It takes") if known else f"It takes no {what}s."
            yield f"`{name}` is no {what} of this step. {hint}"
        elif count > 1:
            yield f"`{name}` is given {count} times"


def read_value(field: Attribute, text: str | None) -> Scalar:
    """Return what a person typed as a value that the field may have.

    Raises:
        NotOfType: it is not of the field's type, not among its choices or not within its bounds.
    """
    value = coerce(text, field.type)
    if value is None:
        return None
    if field.choices and to_text(value) not in field.choices:
        raise NotOfType(f"expected one of {listed(field.choices, 'or')}, got {text!r}")
    if field.type in _BOUNDED:
        _check_bounds(field, value)
    return value


def _check_bounds(field: Attribute, value: Scalar) -> None:
    low, high = coerce(field.min, field.type), coerce(field.max, field.type)
    if low is not None and _below(value, low):
        raise NotOfType(f"expected at least {field.min}, got {to_text(value)}")
    if high is not None and _below(high, value):
        raise NotOfType(f"expected at most {field.max}, got {to_text(value)}")


def _below(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one < other
    return (to_text(one) or "") < (to_text(other) or "")  # dates and instants: their text orders as they do
