"""Rows of what accounts own: assets, what they were decomposed from, how they came to be, and who changes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from orderbook.columns import FreeText, Instant
from orderbook.tables import Row

# Written by the activities.


class AssetRow(Row, table=True):
    """An asset as it stands; `content` is the whole of it, the other columns are what it is looked up by."""

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_account_product", "account", "product"),)

    id: str = Field(primary_key=True)
    account: str
    product: str
    parent: str | None = Field(index=True)
    valid_from: datetime | None = Field(sa_type=Instant)
    valid_to: datetime | None = Field(sa_type=Instant)
    content: str = Field(sa_type=Text)


class AssetSourceRow(Row, table=True):
    """That an asset was decomposed from another one."""

    __tablename__ = "asset_sources"

    asset: str = Field(primary_key=True)
    source: str = Field(primary_key=True, index=True)


class AssetHistoryRow(Row, table=True):
    """What an order has made of an asset; `before` is None where it made it."""

    __tablename__ = "asset_history"

    asset: str = Field(primary_key=True)
    number: str = Field(primary_key=True, index=True)
    line: str
    at: datetime = Field(sa_type=Instant)
    before: str | None = Field(sa_type=Text)
    after: str = Field(sa_type=Text)


class AssetClaimRow(Row, table=True):
    """That an open order changes an asset, and so no other one does."""

    __tablename__ = "asset_claims"

    asset: str = Field(primary_key=True)
    number: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)


class AssetWaitRow(Row, table=True):
    """That an order waits until it may change an asset, `asked_at` last; `why` names who is before it."""

    __tablename__ = "asset_waits"

    asset: str = Field(primary_key=True)
    number: str = Field(primary_key=True, index=True)
    accepted_at: datetime = Field(sa_type=Instant)
    asked_at: datetime = Field(sa_type=Instant)
    waits_for: str
    why: str = Field(sa_type=FreeText)
