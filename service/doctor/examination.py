"""The whole examination: what is written first, since it tells what to look for on this machine and at the server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from catalog.base import Refused
from catalog.catalog import Catalog
from orderbook.store import OrderBook
from service.catalogs import LoadedEnvironment, catalog_in_use, environment_in_use
from service.doctor import machine, server, written
from service.doctor.finding import Finding
from service.queues import OwnQueue, queues_of
from service.settings import Settings, SettingsError
from service.temporal import destination


@dataclass(frozen=True)
class _Read:
    """What was found in the order book and in files, and what the rest of the examination needs of it."""

    findings: tuple[Finding, ...]
    environment: LoadedEnvironment
    queues: tuple[OwnQueue, ...]


async def examine(settings: Settings, environ: Mapping[str, str] = os.environ) -> tuple[Finding, ...]:
    """Return what was found, in the order in which things depend on each other."""
    own_stack = _is_own_stack(settings, environ)
    read = await asyncio.to_thread(_read, settings, environ, own_stack)
    here = await machine.look(settings, read.environment.environment) if own_stack else ()
    return (*here, *await server.look(settings, environ, read.queues), *read.findings)


def _is_own_stack(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether orders run on the embedded server: nobody names another one."""
    try:
        return not destination(settings, environ).is_named
    except SettingsError:
        return False


def _read(settings: Settings, environ: Mapping[str, str], own_stack: bool) -> _Read:
    with closing(OrderBook(settings.database)) as opened:
        state = written.order_book(opened)
        book = opened if state.ok else None
        use = catalog_in_use(settings, book)
        catalogs = _catalogs(book) + (() if isinstance(use, Refused) else (use.catalog,))
        loaded = environment_in_use(settings, None if isinstance(use, Refused) else use.catalog)
    findings = [state, written.catalog(use), written.environment(loaded, catalogs)]
    # Of an environment whose systems could not be read, nobody knows what it names.
    if loaded.environment and (findings[-1].ok or loaded.environment.systems):
        findings.append(written.credentials(loaded.environment, settings, environ, own_stack))
    return _Read(tuple(findings), loaded, queues_of(catalogs, settings.task_queue))


def _catalogs(book: OrderBook | None) -> tuple[Catalog, ...]:
    """Return the catalogs that open orders are pinned to."""
    found = (book.catalog(each) for each in book.open_catalogs()) if book else ()
    return tuple(each for each in found if each)
