"""Deliveries: what an order has delivered becomes its account's assets, in the transaction that tells so (A6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from catalog.catalog import Catalog
from decomposition.assets import Asset, AssetChange, Assets
from decomposition.model import OrderPlan
from fulfillment.delivering import Stand, delivered, makes_assets
from fulfillment.progress import Batch
from fulfillment.states import OrderState, StepState
from orderbook.asset_tables import AssetHistoryRow, AssetRow, AssetSourceRow
from orderbook.claiming import release_claims
from orderbook.execution import ENDED, Execution
from orderbook.intake import Intake
from orderbook.owned import changes_by
from orderbook.tables import LineRow, OrderProgressRow, StepRow


class Deliveries(Execution, Intake):
    """The order book as it makes assets: with the batch that tells that an order, or a stage of it, has ended."""

    def assets_met(self, number: str) -> Assets:
        """Return what an order that has begun met of its account's assets, as they were before it."""
        query = select(col(OrderProgressRow.plan)).where(col(OrderProgressRow.number) == number)
        digest = self._read(lambda session: session.scalar(query))
        plan = self.plan(digest) if digest else None
        return plan.assets if plan else ()

    def _with_it(self, batch: Batch) -> Callable[[Session], None]:
        """Return what is to be written together with a batch: it stands, or falls, with the batch."""
        ended = batch.state in ENDED
        if not ended and not any(makes_assets(each.type) for each in batch.steps):
            return super()._with_it(batch)
        plan = self.plan(batch.plan) if batch.plan else None
        catalog = self.catalog(plan.catalog) if plan else None

        def work(session: Session) -> None:
            if plan is not None and catalog is not None:
                _deliver(session, batch, plan, catalog)
            if ended:
                release_claims(session, batch.number)

        return work


def _deliver(session: Session, batch: Batch, plan: OrderPlan, catalog: Catalog) -> None:
    stand = Stand(batch.state, _lines(session, batch.number), _steps(session, batch.number))
    earlier = changes_by(session, batch.number)
    known = {each.asset: each for each in earlier}
    changed = [each for each in delivered(plan, catalog, stand, earlier, batch.at) if known.get(each.asset) != each]
    _put_assets(session, [each.after for each in changed])
    _put_history(session, batch, changed)


def _lines(session: Session, number: str) -> dict[str, OrderState]:
    query = select(col(LineRow.id), col(LineRow.state)).where(col(LineRow.number) == number)
    return {id_: OrderState(state) for id_, state in session.execute(query)}


def _steps(session: Session, number: str) -> dict[str, StepState]:
    query = select(col(StepRow.id), col(StepRow.state)).where(col(StepRow.number) == number)
    return {id_: StepState(state) for id_, state in session.execute(query)}


def _put_assets(session: Session, assets: Sequence[Asset]) -> None:
    ids = [each.id for each in assets]
    _replace(session, AssetRow, col(AssetRow.id).in_(ids), [_row(each) for each in assets])
    sources = [
        {"asset": each.id, "source": source}
        for each in assets
        for source in dict.fromkeys(one.source for one in each.sources)
    ]
    _replace(session, AssetSourceRow, col(AssetSourceRow.asset).in_(ids), sources)


def _row(asset: Asset) -> dict[str, object]:
    columns = ("id", "account", "product", "parent", "valid_from", "valid_to")
    return {**{name: getattr(asset, name) for name in columns}, "content": asset.model_dump_json()}


def _put_history(session: Session, batch: Batch, changes: Sequence[AssetChange]) -> None:
    row = AssetHistoryRow
    told = [
        {
            "asset": each.asset,
            "number": batch.number,
            "line": each.line,
            "at": batch.at,
            "before": each.before.model_dump_json() if each.before else None,
            "after": each.after.model_dump_json(),
        }
        for each in changes
    ]
    own = col(row.number) == batch.number
    _replace(session, row, own & col(row.asset).in_([each.asset for each in changes]), told)


def _replace(session: Session, row: type[Any], condition: Any, values: Sequence[Mapping[str, object]]) -> None:
    """Write rows in place of those that the condition names, all at once: an order may have thousands."""
    session.execute(delete(row).where(condition))
    if values:
        session.execute(insert(row), values)
