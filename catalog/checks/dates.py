"""Checks of effective dates: what is declared is in force on some day (`domain.md` C2, C5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, warning
from catalog.effective import Effective, overlap
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
    for rule in catalog.decomposition_rules:
        target = catalog.technical(rule.target)
        sources = [each for code in reach.sources(rule) if (each := catalog.product(code)) is not None]
        # Dates in the wrong order are told by their own check.
        if not sources or target is None or not all(overlap((each,)) for each in (rule, target, *sources)):
            continue
        if not any(overlap((rule, target, each)) for each in sources):
            dates = [f"`{each.code}` ({each.period})" for each in (rule, sources[0], target)]
            more = f" Nor is it with {listed(each.code for each in sources[1:])}." if len(sources) > 1 else ""
            message = f"There is no day on which {dates[0]}, {dates[1]} and {dates[2]} are all in force.{more}"
            path: Path = ("decomposition_rules", rule.code)
            yield warning("never_effective", path, message, "Change the dates, or remove the rule.")
