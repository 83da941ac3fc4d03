"""Attribute values: from what was written or computed to their declared type, within their constraints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from catalog.base import Issue, Path
from catalog.products import Attribute
from catalog.values import NamedValue, NamedValues, NotOfType, Scalar, Value, coerce, named
from catalog.words import did_you_mean, kind_of, listed
from decomposition.order import Given, GivenAttributes


class Typed(NamedTuple):
    """All declared attributes with their values (`null` where there is none), and what is wrong with them."""

    values: NamedValues
    issues: tuple[Issue, ...]


def typed(
    given: GivenAttributes, declared: Iterable[Attribute], path: Path, owner: str, known: NamedValues = ()
) -> Typed:
    """Return the attributes of `owner` (as messages call it) with defaults applied; `path` is where they stand.

    What is not given stays as it is `known`, before the default.
    """
    attributes = {each.name: each for each in declared}
    values: dict[str, Scalar] = {}
    issues: list[Issue] = []
    written = frozenset(each.name for each in given)
    kept = (Given(name=each.name, value=each.text) for each in known if each.name in attributes)
    for each in (*given, *(one for one in kept if one.name not in written)):
        where = (*path, each.name)
        if each.name not in attributes:
            hint = did_you_mean(each.name, attributes, "Its attributes") or "It has no attributes."
            issues.append(
                Issue(
                    check="unknown_attribute",
                    message=f"{sentence(owner)} has no attribute `{each.name}`.",
                    hint=hint,
                    path=where,
                )
            )
            continue
        try:
            values[each.name] = fitted(each.value, attributes[each.name])
        except NotOfType as error:
            message = f"`{each.name}` of {owner}: {error}."
            issues.append(
                Issue(check="unfit_value", message=message, hint=choices_of(attributes[each.name]), path=where)
            )
            values[each.name] = None
    wrong = {each.path[-1] for each in issues}
    for name, attribute in attributes.items():
        if values.get(name) is None and name not in wrong:
            values[name] = coerce(attribute.default, attribute.type)
            if values[name] is None and attribute.required:
                issues.append(missing(attribute, owner, path))
    found = tuple(named(name, attributes[name].type, values.get(name)) for name in sorted(attributes))
    return Typed(found, tuple(issues))


def missing(attribute: Attribute, owner: str, path: Path) -> Issue:
    """Return the issue that a required attribute has no value."""
    return Issue(
        check="missing_attribute",
        message=f"{sentence(owner)} needs the attribute `{attribute.name}`.",
        hint=choices_of(attribute) or f"Give it as {attribute.type.value}.",
        path=path,
    )


def fitted(raw: Value | None, attribute: Attribute) -> Scalar:
    """Return `raw` as a value of the attribute.

    Raises:
        NotOfType: it is not of the attribute's type, none of its choices, or out of its bounds.
    """
    value = coerce(raw, attribute.type)
    if value is None:
        return None
    if attribute.choices and value not in [coerce(each, attribute.type) for each in attribute.choices]:
        raise NotOfType(f"expected {listed(attribute.choices, 'or')}, got {kind_of(value)}")
    if attribute.min is not None and _less(value, coerce(attribute.min, attribute.type)):
        raise NotOfType(f"expected at least {attribute.min}, got {kind_of(value)}")
    if attribute.max is not None and _less(coerce(attribute.max, attribute.type), value):
        raise NotOfType(f"expected at most {attribute.max}, got {kind_of(value)}")
    return value


def sentence(words: str) -> str:
    """Return the words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def choices_of(attribute: Attribute) -> str:
    """Return a sentence with the choices of an attribute, or nothing."""
    return f"Its choices: {listed(attribute.choices)}." if attribute.choices else ""


def as_values(values: Iterable[tuple[Attribute, Scalar]]) -> NamedValues:
    """Return the values as they travel, sorted by name."""
    found: list[NamedValue] = [named(each.name, each.type, value) for each, value in values]
    return tuple(sorted(found, key=lambda value: value.name))


def _less(one: Scalar, other: Scalar) -> bool:
    return bool(one < other)  # type: ignore[operator]  # both are of one type, which the catalog's checks know to be ordered
