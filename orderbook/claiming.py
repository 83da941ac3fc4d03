"""Claims: an asset is changed by one open order at a time, and by those that wait in the order of acceptance (A6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import delete, select
from sqlmodel import Session, col

from catalog.catalog import Catalog
from decomposition.assets import AssetId, Assets
from decomposition.model import OrderPlan
from decomposition.needs import Claim, claims_of, needs
from orderbook.asset_tables import AssetClaimRow, AssetWaitRow
from orderbook.owned import Owning, owned
from orderbook.plans import put_plan

FORGOTTEN = timedelta(minutes=5)
"""An order that has not asked for so long does not keep others from what it waits for: nobody may be running it."""


class Claimed(Enum):
    """The plan is stored and the order has its claims; or assets have moved since it was planned: plan it again."""

    STORED = "stored"
    MOVED = "moved"


STORED: Final = Claimed.STORED
MOVED: Final = Claimed.MOVED


class Blocked(NamedTuple):
    """Another open order changes, or may change first, what an order claims."""

    claim: Claim
    number: str

    def __str__(self) -> str:
        return f"waits for order {self.number}, which changes the asset {self.claim.asset}"


Claiming: TypeAlias = "Claimed | Blocked"


class AssetClaims(Owning):
    """The order book as it keeps orders from changing one asset at once."""

    def claim(self, plan: OrderPlan, assets: Assets, catalog: Catalog, at: datetime, *, waits: bool = True) -> Claiming:
        """Store a plan together with its claims, if it may have all of them and `assets` still are as it was planned.

        Else nothing is stored; with `waits` the order stands in line from now on, until it asks again and gets them.
        """
        claims = claims_of(plan, catalog)

        def work(session: Session) -> Claiming:
            blocked = _blocked(session, plan, claims, at)
            if blocked is not None:
                if waits:
                    _wait(session, plan, claims, blocked, at)
                return blocked
            if claims and owned(session, plan.order, needs(plan.order, catalog)) != assets:
                return MOVED
            _take(session, plan.order.number, claims, at)
            put_plan(session, plan)
            return STORED

        return self._write(work)

    def held_by_others(self, plan: OrderPlan, catalog: Catalog) -> tuple[Blocked, ...]:
        """Return which claims of a plan other open orders have already."""
        claims = claims_of(plan, catalog)
        if not claims:
            return ()
        held = self._read(lambda session: _holders(session, [each.asset for each in claims]))
        found = ((each, held.get(each.asset)) for each in claims)
        return tuple(Blocked(each, number) for each, number in found if number not in (None, plan.order.number))


def release_claims(session: Session, number: str) -> None:
    """End the claims of an order: it has ended."""
    for row in (AssetClaimRow, AssetWaitRow):
        session.execute(delete(row).where(col(row.number) == number))


def _blocked(session: Session, plan: OrderPlan, claims: Sequence[Claim], at: datetime) -> Blocked | None:
    assets = [each.asset for each in claims]
    held = _holders(session, assets)
    before = _those_before(session, plan, assets, at)
    for claim in claims:
        for number in (held.get(claim.asset), before.get(claim.asset)):
            if number is not None and number != plan.order.number:
                return Blocked(claim, number)
    return None


def _holders(session: Session, assets: Sequence[AssetId]) -> dict[AssetId, str]:
    row = AssetClaimRow
    rows = session.scalars(select(row).where(col(row.asset).in_(assets))).all() if assets else ()
    return {each.asset: each.number for each in rows}


def _those_before(session: Session, plan: OrderPlan, assets: Sequence[AssetId], at: datetime) -> dict[AssetId, str]:
    """Return which order was accepted earlier and waits for an asset too, by asset."""
    row = AssetWaitRow
    if not assets:
        return {}
    rows = session.scalars(select(row).where(col(row.asset).in_(assets), col(row.asked_at) > at - FORGOTTEN)).all()
    own = (plan.accepted_at, plan.order.number)
    earlier = sorted((each for each in rows if (each.accepted_at, each.number) < own), key=_since, reverse=True)
    return {each.asset: each.number for each in earlier}


def _since(row: AssetWaitRow) -> tuple[datetime, str]:
    return row.accepted_at, row.number


def _wait(session: Session, plan: OrderPlan, claims: Sequence[Claim], blocked: Blocked, at: datetime) -> None:
    number = plan.order.number
    session.execute(delete(AssetWaitRow).where(col(AssetWaitRow.number) == number))
    for each in claims:
        session.add(
            AssetWaitRow(
                asset=each.asset,
                number=number,
                accepted_at=plan.accepted_at,
                asked_at=at,
                waits_for=blocked.number,
                why=str(blocked),
            )
        )


def _take(session: Session, number: str, claims: Sequence[Claim], at: datetime) -> None:
    session.execute(delete(AssetWaitRow).where(col(AssetWaitRow.number) == number))
    held = _holders(session, [each.asset for each in claims])
    for each in claims:
        if each.asset not in held:
            session.add(AssetClaimRow(asset=each.asset, number=number, at=at))
