"""The systems that an installation knows, and who may switch them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.base import Refused
from catalog.catalog import Catalog
from catalog.environment import Environment
from orderbook.store import OrderBook
from service.authority import role_of, usable_environment
from service.queues import served_catalogs
from service.settings import Settings
from service.systems import SystemView, refusal, systems


@dataclass(frozen=True)
class Known:
    """What tells which systems there are: the catalog in use and those of open orders, and the environment."""

    catalogs: tuple[Catalog, ...]
    environment: Environment


def known(settings: Settings, book: OrderBook) -> Known | Refused:
    """Return what tells which systems there are, or why the environment cannot be used.

    Raises:
        BookError: the order book does not answer.
    """
    environment = usable_environment(settings)
    return environment if isinstance(environment, Refused) else Known(served_catalogs(book, settings), environment)


def all_systems(settings: Settings, book: OrderBook, now: datetime) -> tuple[SystemView, ...] | Refused:
    """Return every system, by name, or why the environment cannot be used.

    Raises:
        BookError: the order book does not answer.
    """
    found = known(settings, book)
    return found if isinstance(found, Refused) else systems(found.catalogs, found.environment, book, now)


def may_switch(system: str, kind: str, settings: Settings, book: OrderBook) -> str | Refused:
    """Return the role in which the actor may switch a system, empty where the people are not declared, or why not.

    `kind` is `offline` or `online`.

    Raises:
        BookError: the order book does not answer.
    """
    found = known(settings, book)
    if isinstance(found, Refused):
        return found
    if unknown := refusal(system, found.catalogs, found.environment):
        return unknown
    return role_of(found.environment, settings.actor, kind)
