"""The shop's catalog as it changes and is published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.base import Issue, Refused
from orderbook.store import OrderBook
from service.publishing import PublishedFolder, publish
from tests.unit.service.shop import CATALOG, Shop

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def write(shop: Shop, *changes: tuple[str, str]) -> Path:
    """Write the shop's catalog with some texts replaced; return its folder."""
    text = CATALOG
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (shop.catalog / "catalog.yaml").write_text(text)
    return shop.catalog


POSTED = ("packed: {type: milestone, after: [pack]}", "posted: {type: manual_task, scope: line, after: [pack]}")


def published(shop: Shop, book: OrderBook, hours: int = 0, label: str | None = None) -> PublishedFolder:
    """Publish the shop's catalog as it is now."""
    done = publish(shop.catalog, book, shop.settings(), NOW + timedelta(hours=hours), label=label)
    assert isinstance(done, PublishedFolder), done
    return done


def issue(found: object) -> Issue:
    """Return the one reason of a refusal."""
    assert isinstance(found, Refused), found
    [only] = found.issues
    return only
