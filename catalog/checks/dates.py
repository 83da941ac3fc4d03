"""Checks of effective dates: what is declared is in force on some day (`domain.md` C2, C5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, warning
from catalog.effective import Effective, overlap
from catalog.products import Product
from catalog.reach import Reach
from catalog.words import listed


def effective_dates(catalog: Catalog) -> Iterable[Issue]:
    """`effective_from` lies before `effective_until`."""
    for path, each in _dated(catalog):
        first, last = each.effective_from, each.effective_until
        if first is not None and last is not None and first >= last:
            message = (
                f"`effective_from` {first} is not before `effective_until` {last}, which is the first day without."
            )
            yield error("effective_dates", (*path, "effective_from"), message, "Change one of the dates.")


def _dated(catalog: Catalog) -> Iterator[tuple[Path, Effective]]:
    for product in catalog.products:
        yield ("products", product.code), product
    for technical in catalog.technical_products:
        yield ("technical_products", technical.code), technical
    for rule in catalog.decomposition_rules:
        yield ("decomposition_rules", rule.code), rule


def never_effective(catalog: Catalog) -> Iterable[Issue]:
    """A rule is in force on some day on which a product that it is for, and its target, are too."""
    reach = Reach(catalog)
    found: dict[tuple[str, ...], _Sources] = {}
    for rule in catalog.decomposition_rules:
        target, codes = catalog.technical(rule.target), reach.sources(rule)
        sources = found[codes] if codes in found else found.setdefault(codes, _sources(codes, catalog))
        # Dates in the wrong order are told by their own check.
        if (
            not sources.first
            or target is None
            or not all(overlap((each,)) for each in (rule, target, *sources.periods))
        ):
            continue
        if not any(overlap((rule, target, each)) for each in sources.periods):
            first = sources.first
            dates = [f"`{each.code}` ({each.period})" for each in (rule, first, target)]
            more = f" Nor is it with {listed(codes[1:])}." if len(codes) > 1 else ""
            message = f"There is no day on which {dates[0]}, {dates[1]} and {dates[2]} are all in force.{more}"
            path: Path = ("decomposition_rules", rule.code)
            yield warning("never_effective", path, message, "Change the dates, or remove the rule.")


class _Sources(NamedTuple):
    """What a rule is for: the first product, and one product for each pair of dates."""

    first: Product | None
    periods: tuple[Product, ...]


def _sources(codes: tuple[str, ...], catalog: Catalog) -> _Sources:
    products = [each for code in codes if (each := catalog.product(code)) is not None]
    periods = {(each.effective_from, each.effective_until): each for each in reversed(products)}
    return _Sources(products[0] if products else None, tuple(periods.values()))
