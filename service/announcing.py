"""Tells webhooks what fallout rules have decided, where these say `notify`; the clock's part (`domain.md` F2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from orderbook.store import OrderBook
from orderbook.views import FalloutView
from service.notify import Notification, notify

KIND = "fallout_rule"
"""The kind of the notifications."""
LOOK_BACK = timedelta(days=1)
"""How old a fallout may be that is still told of: for so long no clock may have run."""


async def announce(book: OrderBook, now: datetime) -> int:
    """Tell each webhook of each fallout once, whatever has become of it since; return how many were told now."""
    return await asyncio.to_thread(_announce, book, now)


def _announce(book: OrderBook, now: datetime) -> int:
    found = book.announced(now - LOOK_BACK)
    told = book.told_since(now - LOOK_BACK) if found else frozenset()
    notes = (note for each in found for note in _notes(each))
    return sum((note.kind, note.subject, note.level) not in told and notify(book, note, now) for note in notes)


def _notes(fallout: FalloutView) -> Iterator[Notification]:
    subject = f"{fallout.order}/{fallout.step}/{fallout.number}"
    failed = f"failed with `{fallout.failure.code}`: {fallout.failure.message.rstrip('.')}"
    text = f"Order {fallout.order}, {fallout.step}: {failed} ({fallout.why})."
    for webhook in fallout.notify:
        yield Notification(kind=KIND, subject=subject, level=webhook, text=text, webhook=webhook)
