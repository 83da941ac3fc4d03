"""Assets as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from catalog.base import Issue
from catalog.words import did_you_mean
from commands.wording import BUSY, GOOD, moment, new_table, values
from decomposition.wording import plain
from orderbook.asset_views import AssetDetail, AssetEvent, AssetView
from orderbook.store import OrderBook


def asset_table(found: Iterable[AssetView]) -> Table:
    """Return assets as a table."""
    table = new_table("Asset", "Account", "Product", "Quantity", "Since", "Until", "Changed by", "")
    for each in found:
        claim = Text(f"order {each.claimed_by} changes it", style=BUSY) if each.claimed_by else Text("")
        times = (moment(each.valid_from), moment(each.valid_to))
        table.add_row(each.id, each.account, each.product, plain(each.quantity), *times, each.changed_by, claim)
    return table


def asset_view(asset: AssetDetail) -> RenderableType:
    """Return one asset: head, attributes, relations and history."""
    what = f" · {asset.account} · {plain(asset.quantity)} {asset.product} · "
    until = (f"ended {moment(asset.valid_to)}", "") if asset.valid_to else ("in force", GOOD)
    head = Text.assemble("Asset ", (asset.id, "bold"), what, until)
    if asset.claimed_by:
        head.append(f" · order {asset.claimed_by} changes it", style=BUSY)
    table = new_table("Order", "Line", "At", "What", "")
    for event in asset.history:
        table.add_row(event.order, event.line, moment(event.at), event.what, ", ".join(_differences(event)))
    return Group(head, *_facts(asset), "", table)


def _facts(asset: AssetDetail) -> Iterator[Text]:
    if asset.attributes:
        yield Text(f"Attributes: {values(asset.attributes)}")
    if asset.term is not None:
        yield Text(f"Term: {asset.term} months")
    if asset.parent is not None:
        yield Text(f"Part of {asset.parent}")
    for each in asset.sources:
        yield Text(f"{plain(each.quantity)} from {each.asset}, by rule {each.rule}")
    for name, codes in (("Parts", asset.parts), ("Decomposed to", asset.made_of_it)):
        if codes:
            yield Text(f"{name}: {', '.join(codes)}")


def _differences(event: AssetEvent) -> Iterator[str]:
    """Yield what an order has changed of an asset that it did not make."""
    before, after = event.before, event.after
    if before is None:
        yield f"quantity {plain(after.quantity)}"
        return
    if before.quantity != after.quantity:
        yield f"quantity {plain(before.quantity)} → {plain(after.quantity)}"
    if before.term != after.term:
        yield f"term {before.term} → {after.term}"
    had = {each.name: each.text for each in before.attributes}
    for each in after.attributes:
        if had.get(each.name) != each.text:
            yield f"{each.name} {had.get(each.name) or 'none'} → {each.text or 'none'}"


def unknown_asset(book: OrderBook, code: str) -> Issue:
    """Return that there is no such asset, with the nearest one."""
    hint = did_you_mean(code, (each.id for each in book.assets(living_only=False)), "")
    hint = hint if hint.startswith("Did") else "`dro assets list --all` names the assets there are."
    return Issue(check="asset", message=f"There is no asset `{code}`.", hint=hint)
