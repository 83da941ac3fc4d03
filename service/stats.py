"""The whole installation in figures: orders, fallouts, tasks, what is at risk, systems, webhooks (`domain.md` F7)."""

from __future__ import annotations

from datetime import datetime

from catalog.base import Refused
from orderbook.at_risk import OrdersAtLevel
from orderbook.figures import Figures
from orderbook.notices import WebhookState
from orderbook.store import OrderBook
from service.known_systems import all_systems
from service.settings import Settings
from service.systems import SystemView


class WebhookFigures(WebhookState):
    """How far a webhook has been told; `behind` counts the events after that, those too that it does not hear."""

    behind: int


class Stats(Figures):
    """The order book in figures, what is in danger of being late, and how systems and webhooks are."""

    at: datetime
    at_risk: tuple[OrdersAtLevel, ...]
    systems: tuple[SystemView, ...]
    webhooks: tuple[WebhookFigures, ...]


def stats(book: OrderBook, settings: Settings, now: datetime) -> Stats | Refused:
    """Count what there is, or return what is wrong with the catalog or the environment in use.

    Raises:
        BookError: the order book does not answer.
    """
    systems = all_systems(settings, book, now)
    if isinstance(systems, Refused):
        return systems
    end = book.events_end()
    webhooks = tuple(WebhookFigures(**dict(each), behind=max(0, end - each.position)) for each in book.webhooks())
    figures = dict(book.figures())
    return Stats(**figures, at=now, at_risk=book.orders_by_level(), systems=systems, webhooks=webhooks)
