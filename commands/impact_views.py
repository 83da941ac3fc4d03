"""What a catalog would do to recorded orders, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from commands.wording import BAD, BUSY, GOOD, QUIET

if TYPE_CHECKING:
    from decomposition.impact import Alike, Impact
    from service.impact import CatalogImpact

_NAMED = 6
"""Products that are named where a difference is about many."""


def impact_view(found: CatalogImpact) -> RenderableType:
    """Return what would become of the orders: refusals, other plans, and how many stay as they are."""
    told, tried = found.impact, f"`{found.catalog.name}` ({found.catalog.digest[:12]})"
    if not told.orders:
        return f"No such orders are recorded: {tried} was tried on none."
    refused = [each for each in told.changes if _is_refusal(each)]
    changed = [each for each in told.changes if not _is_refusal(each)]
    parts: list[RenderableType] = [f"{_orders(told.orders)} planned with {tried}, each as of its acceptance", ""]
    if refused:
        parts += [Text(f"{_orders(told.refused)} would be refused", style=BAD), *_groups(refused), ""]
    if changed:
        parts += [Text(f"{_orders(told.changed)} would be fulfilled otherwise", style=BUSY), *_groups(changed), ""]
    parts.append(Text(_rest(told), style=BUSY if told.changes else GOOD))
    if told.reasons:
        why = f"{_orders(told.untold)} cannot be compared: the version they were accepted on refuses them now"
        parts += ["", Text(why, style=QUIET), *_groups(told.reasons)]
    return Group(*parts)


def _is_refusal(alike: Alike) -> bool:
    return alike.consequences[0].aspect == "order"


def _rest(told: Impact) -> str:
    if told.same == told.orders:
        return "Nothing changes: every order gets the plan that it got."
    return f"{_orders(told.same)} would get the same plan."


def _groups(groups: list[Alike] | tuple[Alike, ...]) -> Iterator[Text]:
    for each in groups:
        example = f"such as {each.example}" if each.orders > 1 else each.example
        yield Text.assemble("  ", (_orders(each.orders), "bold"), f"{_products(each.products)}, {example}:")
        yield from (Text(f"    {told.text}") for told in each.consequences)


def _products(products: tuple[str, ...]) -> str:
    if not products:
        return ""
    rest = len(products) - _NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f" with {', '.join(products[:_NAMED])}{more}"


def _orders(number: int) -> str:
    return f"{number:,} {'order' if number == 1 else 'orders'}"
