"""Rows of what was in force when: an append-only table, written by the service."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from orderbook.columns import FreeText, Instant
from orderbook.tables import Row


class CatalogPublicationRow(Row, table=True):
    """One publication of a catalog version; the one of the highest `seq` is in force, none is ever changed."""

    __tablename__ = "catalog_publications"

    # Counted by us: of two that publish at once, the second finds its number taken and looks again.
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(foreign_key="catalog_versions.digest")
    kind: str
    at: datetime = Field(sa_type=Instant)
    author: str = Field(sa_type=FreeText)
    note: str = Field(sa_type=FreeText)
