"""Assets as people and programs read them."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from decomposition.assets import Asset
from orderbook.asset_tables import AssetClaimRow, AssetHistoryRow, AssetRow, AssetSourceRow
from orderbook.asset_views import AssetDetail, AssetEvent, AssetView, as_view
from orderbook.connection import Connected
from orderbook.owned import as_change


class AssetReading(Connected):
    """The order book as it is asked what accounts own."""

    def assets(
        self, account: str | None = None, product: str | None = None, *, living_only: bool = True, limit: int = 1_000
    ) -> tuple[AssetView, ...]:
        """Return assets by account, product and id; with `living_only`, those that have not ended."""
        row, claim = AssetRow, AssetClaimRow
        query = select(col(row.content), col(claim.number)).outerjoin(claim, col(claim.asset) == col(row.id))
        if account is not None:
            query = query.where(col(row.account) == account)
        if product is not None:
            query = query.where(col(row.product) == product)
        if living_only:
            query = query.where(col(row.valid_to).is_(None))
        query = query.order_by(col(row.account), col(row.product), col(row.id)).limit(limit)
        found = self._read(lambda session: session.execute(query).all())
        return tuple(as_view(Asset.model_validate_json(content), number) for content, number in found)

    def asset(self, code: str) -> AssetDetail | None:
        """Return one asset with its history, or None."""
        return self._read(lambda session: _detail(session, code))


def _detail(session: Session, code: str) -> AssetDetail | None:
    row = session.get(AssetRow, code)
    if row is None:
        return None
    claim = session.get(AssetClaimRow, code)
    view = as_view(Asset.model_validate_json(row.content), claim.number if claim else None)
    parts = select(col(AssetRow.id)).where(col(AssetRow.parent) == code, col(AssetRow.valid_to).is_(None))
    made_of_it = select(col(AssetSourceRow.asset)).where(col(AssetSourceRow.source) == code)
    history = session.scalars(select(AssetHistoryRow).where(col(AssetHistoryRow.asset) == code)).all()
    return AssetDetail(
        **dict(view),
        parts=tuple(sorted(session.scalars(parts))),
        made_of_it=tuple(sorted(session.scalars(made_of_it))),
        history=tuple(_event(each) for each in sorted(history, key=lambda each: (each.at, each.number))),
    )


def _event(row: AssetHistoryRow) -> AssetEvent:
    change = as_change(row)
    before = as_view(change.before) if change.before else None
    return AssetEvent(order=row.number, line=row.line, at=row.at, before=before, after=as_view(change.after))
