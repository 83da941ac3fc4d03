"""What accounts own, as orders and their changes are planned against it (`domain.md` D5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from catalog.catalog import Catalog
from decomposition.assets import Asset, AssetChange, AssetId, Assets
from decomposition.needs import Needs, needs
from decomposition.order import Order
from orderbook.asset_tables import AssetHistoryRow, AssetRow, AssetSourceRow
from orderbook.connection import Connected

_AT_ONCE = 500
"""Ids in one query: databases bound how many values a statement may have."""


class Owning(Connected):
    """The order book as planners ask it for assets."""

    def assets_for(self, order: Order, catalog: Catalog) -> Assets:
        """Return the assets that an order may meet, by id, as they were before the order changed any of them."""
        wanted = needs(order, catalog)
        return self._read(lambda session: owned(session, order, wanted)) if wanted.any else ()


def assets_of(book: Owning, order: Order, catalog: Catalog) -> Assets:
    """Return what an order, or a change to it, is planned against."""
    return book.assets_for(order, catalog)


def owned(session: Session, order: Order, wanted: Needs) -> Assets:
    """Return the living assets that `wanted` names, with all that belongs to them, as they were before the order."""
    found: dict[AssetId, Asset] = {}
    fresh = list(_living(session, order.account, "id", wanted.ids))
    fresh += _living(session, order.account, "product", wanted.products)
    while fresh:
        new = {each.id: each for each in fresh if each.id not in found}
        found |= new
        above = [each.parent for each in new.values() if each.parent is not None and each.parent not in found]
        fresh = [*_living(session, order.account, "parent", list(new)), *_living(session, order.account, "id", above)]
        fresh += _living(session, order.account, "id", _made_of(session, list(new)))
    for change in changes_by(session, order.number):
        found.pop(change.asset, None)
        if change.before is not None:
            found[change.asset] = change.before
    return tuple(found[each] for each in sorted(found))


def changes_by(session: Session, number: str) -> tuple[AssetChange, ...]:
    """Return what an order has made of assets so far, by asset."""
    rows = session.scalars(select(AssetHistoryRow).where(col(AssetHistoryRow.number) == number)).all()
    return tuple(as_change(each) for each in sorted(rows, key=lambda row: row.asset))


def as_change(row: AssetHistoryRow) -> AssetChange:
    """Return what a row of the history tells."""
    before = Asset.model_validate_json(row.before) if row.before is not None else None
    return AssetChange(line=row.line, before=before, after=Asset.model_validate_json(row.after))


def _living(session: Session, account: str, column: str, values: Sequence[str]) -> Iterator[Asset]:
    row = AssetRow
    for condition in _any_of(getattr(row, column), values):
        query = select(col(row.content)).where(col(row.account) == account, col(row.valid_to).is_(None), condition)
        yield from (Asset.model_validate_json(each) for each in session.scalars(query))


def _made_of(session: Session, sources: Sequence[AssetId]) -> list[AssetId]:
    row = AssetSourceRow
    found: dict[AssetId, None] = {}
    for condition in _any_of(col(row.source), sources):
        found.update(dict.fromkeys(session.scalars(select(col(row.asset)).where(condition))))
    return list(found)


def _any_of(column: ColumnElement[str] | Mapped[str], values: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    for start in range(0, len(values), _AT_ONCE):
        yield column.in_(values[start : start + _AT_ONCE])
