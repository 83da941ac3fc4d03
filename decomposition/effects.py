"""What a change of the catalog does to products: the smallest order of each is planned with both (`domain.md` C11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from catalog.base import Code, Frozen, Refused
from catalog.calendars import Calendars
from catalog.catalog import Catalog
from catalog.differences import Kind
from catalog.products import CommercialProduct
from decomposition.comparison import Aspect, Consequence, compared
from decomposition.model import OrderPlan
from decomposition.plan import plan
from decomposition.sample import sample_order


class Effect(Frozen):
    """What some products have in common of how they are fulfilled differently; a product may be in several."""

    products: tuple[Code, ...]
    consequences: tuple[Consequence, ...]


class Untold(Frozen):
    """A product of which neither catalog plans the smallest order, and why."""

    product: Code
    why: str


class Effects(Frozen):
    """What a change does to products; `compared` is how many products stand in both catalogs."""

    compared: int = 0
    effects: tuple[Effect, ...] = ()
    untold: tuple[Untold, ...] = ()


def effects(before: Catalog, after: Catalog, now: datetime, calendars: Calendars = ()) -> Effects:
    """Return which commercial products of both catalogs are fulfilled differently by the second one.

    Working time counts by `calendars` with both.
    """
    both = [(each, new) for each in before.products if (new := after.commercial(each.code))]
    met: dict[Consequence, list[Code]] = {}
    untold: list[Untold] = []
    for old, new in both:
        found = _of_product(before, old, after, new, now, calendars)
        if isinstance(found, Untold):
            untold.append(found)
        else:
            for each in found:
                met.setdefault(each, []).append(old.code)
    return Effects(compared=len(both), effects=_grouped(met), untold=tuple(untold))


def _grouped(met: Mapping[Consequence, list[Code]]) -> tuple[Effect, ...]:
    """Return consequences with the products that they have in common, those of most products first."""
    groups: dict[tuple[Code, ...], list[Consequence]] = {}
    for consequence, products in met.items():
        groups.setdefault(tuple(products), []).append(consequence)
    told = (Effect(products=products, consequences=tuple(each)) for products, each in groups.items())
    return tuple(sorted(told, key=lambda each: (-len(each.products), each.products)))


def _of_product(
    before: Catalog,
    old: CommercialProduct,
    after: Catalog,
    new: CommercialProduct,
    now: datetime,
    calendars: Calendars,
) -> tuple[Consequence, ...] | Untold:
    order = sample_order(before, old, now)
    first, second = (plan(order, each, now=now, calendars=calendars) for each in (before, after))
    # The order as before tells of what it needs now; how it is fulfilled then, only one that has it.
    refused = tuple(_refused(second)) if not isinstance(first, Refused) else ()
    if isinstance(second, Refused):
        second = plan(sample_order(after, new, now), after, now=now, calendars=calendars)
    if isinstance(first, Refused) and isinstance(second, Refused):
        return Untold(product=old.code, why=_why(second))
    return (*refused, *_told(first, second))


def _told(first: OrderPlan | Refused, second: OrderPlan | Refused) -> Iterator[Consequence]:
    if isinstance(second, Refused):
        return
    if isinstance(first, Refused):
        text = f"is no longer refused ({_why(first)})"
        yield Consequence(aspect=Aspect.ORDER, kind=Kind.ADDED, subject="order", text=text)
        return
    yield from compared(first, second)


def _refused(plan: OrderPlan | Refused) -> Iterator[Consequence]:
    for issue in plan.issues if isinstance(plan, Refused) else ():
        text = f"an order as before is refused: {issue.message.rstrip('.')}"
        yield Consequence(aspect=Aspect.ORDER, kind=Kind.REMOVED, subject=issue.check, text=text)


def _why(refused: Refused) -> str:
    return "; ".join(each.message.rstrip(".") for each in refused.issues)
