"""The `dro` program: the command line put together with the worker."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from commands.app import build
from commands.shared import Roots

if TYPE_CHECKING:
    from temporalio.client import Client

    from catalog.environment import Environment
    from orderbook.store import OrderBook
    from service.settings import Settings


@asynccontextmanager
async def build_worker(
    client: Client, book: OrderBook, environment: Environment, settings: Settings
) -> AsyncIterator[object]:
    """Run a worker while the context is open; what it needs is imported only then."""
    from worker import running_worker

    async with running_worker(client, book, environment, settings) as worker:
        yield worker


def main() -> None:
    """Run the command that the arguments name, and end with its exit code."""
    try:
        build()(obj=Roots(build_worker=build_worker))
    except SystemExit as end:
        if "temporalio" not in sys.modules:
            raise
        # The SDK holds the interpreter's end while a call is open, even one that was given up, and may abort it after
        # it has hosted a worker: leave before it can.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)


if __name__ == "__main__":
    main()
