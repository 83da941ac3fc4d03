"""Merging: what several contributions give one technical line, by declaration or by agreement (`domain.md` D3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from catalog.base import Issue, Name
from catalog.products import Attribute, Merge, TechnicalProduct
from catalog.values import NamedValues, NotOfType, Scalar, to_text
from decomposition.assets import Asset, Contributed
from decomposition.attributes import as_values, choices_of, fitted
from decomposition.contributions import Contribution
from decomposition.meeting import value_of

T = TypeVar("T")


class Kept(NamedTuple):
    """What the account has already of a technical line: its asset, and what others than this order contribute to it."""

    asset: Asset
    others: tuple[Contributed, ...] = ()

    def of(self, attribute: Attribute) -> tuple[Scalar, ...]:
        """Return what others give of an attribute that declares how to merge."""
        if attribute.merge is None:
            return ()
        if not self.asset.sources:  # nobody knows what it comes from: it stays as it is, and counts
            known = value_of(self.asset, attribute)
            return () if known is None else (known,)
        found = (each.value for other in self.others for each in other.values if each.name == attribute.name)
        return tuple(each for each in found if each is not None)


def merged(
    instance: str,
    product: TechnicalProduct,
    attributes: Mapping[Name, Attribute],
    parts: Sequence[Contribution],
    kept: Kept | None = None,
) -> tuple[NamedValues, tuple[Issue, ...]]:
    """Return the attributes of a technical line from its contributions, in their order, and what is wrong with them.

    What the order says goes before what the account has; where an attribute declares how to merge, both count.
    """
    issues: list[Issue] = []
    values: list[tuple[Attribute, Scalar]] = []
    for name, attribute in attributes.items():
        givers = [each for each in parts if each.values.get(name) is not None]
        others = kept.of(attribute) if kept else ()
        try:
            if givers or others:
                value = fitted(_one(attribute, givers, others), attribute)
            else:
                value = _unsaid(attribute, parts, kept)
            values.append((attribute, value))
        except NotOfType as error:
            issues.append(_issue("unfit_value", f"`{name}` of `{instance}`: {error}", attribute, givers or parts))
            continue
        except _Disagree:
            issues.append(_conflict(instance, attribute, givers))
            continue
        if value is None and attribute.required and (kept is None or attribute.name in _nulled(parts)):
            what = f"`{instance}` ({product.name}) needs the attribute `{name}`, which no rule maps"
            issues.append(_issue("missing_attribute", what, attribute, parts))
    return as_values(values), tuple(issues)


def agreed(values: Sequence[T | None]) -> T | None:
    """Return the value if all agree on one, else None."""
    return values[0] if values and all(each == values[0] for each in values) else None


class _Disagree(ValueError):
    """Contributions give different values and the attribute does not say how to merge them."""


def _unsaid(attribute: Attribute, parts: Sequence[Contribution], kept: Kept | None) -> Scalar:
    """Return the value of an attribute that no contribution gives: as the account has it, else the default."""
    if kept is not None and attribute.name not in _nulled(parts):
        return value_of(kept.asset, attribute)
    return fitted(attribute.default, attribute)


def _nulled(parts: Sequence[Contribution]) -> tuple[Name, ...]:
    return tuple(name for each in parts for name in each.nulled)


def _one(attribute: Attribute, givers: Sequence[Contribution], others: Sequence[Scalar]) -> Scalar:
    values = [*others, *(each.values[attribute.name] for each in givers)]
    if attribute.merge is not None:
        return _MERGES[attribute.merge](values)
    if any(value != values[0] for value in values):
        raise _Disagree
    return values[0]


def _sum(values: Sequence[Scalar]) -> Scalar:
    total = sum((Decimal(each) for each in values if isinstance(each, int | Decimal)), Decimal(0))
    return int(total) if all(isinstance(each, int) for each in values) else total


def _join(values: Sequence[Scalar]) -> Scalar:
    return ", ".join(dict.fromkeys(to_text(each) or "" for each in values))


def _ordered(value: Scalar) -> tuple[Decimal, str]:
    """Return what orders numbers by size, dates and moments by time, other values by their text."""
    if isinstance(value, date):
        return Decimal(0), value.isoformat()
    return (Decimal(value), "") if isinstance(value, int | Decimal) else (Decimal(0), str(value))


_MERGES: dict[Merge, Callable[[Sequence[Scalar]], Scalar]] = {
    Merge.FIRST: lambda values: values[0],
    Merge.LAST: lambda values: values[-1],
    Merge.SUM: _sum,
    Merge.MIN: lambda values: min(values, key=_ordered),
    Merge.MAX: lambda values: max(values, key=_ordered),
    Merge.JOIN: _join,
    Merge.ANY: any,
    Merge.ALL: all,
}


def _conflict(instance: str, attribute: Attribute, givers: Sequence[Contribution]) -> Issue:
    """Return the issue that names the first contribution and the first that disagrees with it."""
    one = givers[0]
    other = next(each for each in givers if each.values[attribute.name] != one.values[attribute.name])
    said = " and ".join(
        f"{to_text(each.values[attribute.name])!r} from line `{each.source.id}` by rule `{each.rule.code}`"
        for each in (one, other)
    )
    return Issue(
        check="merge_conflict",
        message=f"`{attribute.name}` of `{instance}` would be {said}.",
        hint=f"Declare its `merge` ({', '.join(each.value for each in Merge)}), or give the lines one value.",
        path=_path(other),
    )


def _issue(check: str, what: str, attribute: Attribute, parts: Sequence[Contribution]) -> Issue:
    by = "; ".join(f"line `{each.source.id}` by rule `{each.rule.code}`" for each in parts[:3])
    more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""
    message = f"{what}. It comes from {by}{more}."
    return Issue(check=check, message=message, hint=choices_of(attribute), path=_path(parts[0]))


def _path(part: Contribution) -> tuple[str, ...]:
    return ("lines", part.source.origin[0].split(".")[0])
