"""Tells people once what nobody asked about: reminders, escalations, orders at risk, what a fallout rule announces."""

from __future__ import annotations

from datetime import datetime

from orderbook.notices import Notification
from orderbook.store import OrderBook

__all__ = ["Notification", "notify"]


def notify(book: OrderBook, notification: Notification, now: datetime) -> bool:
    """Tell it, unless it was told before at this level; return whether it is told now.

    The order book keeps it, and `service.webhooks` posts it, at least once. It blocks: call it from a thread.

    Raises:
        BookError: the order book does not answer.
    """
    return book.tell(notification, now)
