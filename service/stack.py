"""The embedded stack of `dro up`: everything from one process, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from temporalio.client import Client
from temporalio.runtime import Runtime

from catalog.base import Refused
from catalog.environment import Environment
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.callbacks import tokens_of
from service.catalogs import environment_in_use, is_example, refusal, refuses
from service.embedded import EmbeddedServer, embedded_server
from service.hosts import BuildWorker, hearing, stop_requested, working
from service.logs import configure
from service.metrics import hosting_runtime
from service.running import CannotStart
from service.settings import Settings
from service.temporal import connect, destination
from service.tokens import provide_tokens


@dataclass(frozen=True)
class Stack:
    """The running stack; addresses are base URLs, `back_office` is None where the systems are somebody else's."""

    server: EmbeddedServer
    ui: str
    callbacks: str
    back_office: str | None
    client: Client
    book: OrderBook


async def up(settings: Settings, build_worker: BuildWorker, announce: Callable[[Stack], None]) -> Refused | None:
    """Run the stack until SIGINT or SIGTERM; `announce` is called once it is ready.

    Returns what is wrong with the environment, if it cannot be used.

    Raises:
        CannotStart: a part could not be started, or the server ended by itself.
    """
    loaded = environment_in_use(settings)
    if loaded.environment is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    _refuse_other_server(settings)
    configure(settings)
    runtime = hosting_runtime(settings)
    with stop_requested() as stop:
        async with running_stack(settings, build_worker, loaded.environment, is_example(settings), runtime) as stack:
            announce(stack)
            await _stopped(stop, stack.server)
    return None


@asynccontextmanager
async def running_stack(
    settings: Settings,
    build_worker: BuildWorker,
    environment: Environment,
    with_back_office: bool,
    runtime: Runtime | None = None,
) -> AsyncIterator[Stack]:
    """Run server, order book, back office, callbacks and worker while the context is open.

    `runtime` is the one of the client; without one it is the SDK's own, which serves no metrics.

    Raises:
        CannotStart: one of them cannot be started; the others are stopped again.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    provide_tokens(settings.home, environment)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(embedded_server(settings))
        await asyncio.to_thread(migrate, settings.database)
        book = stack.enter_context(closing(OrderBook(settings.database)))
        client = await connect(settings, _nothing_else(settings), runtime)
        office = await stack.enter_async_context(_back_office(settings, environment)) if with_back_office else None
        callbacks = await stack.enter_async_context(hearing(client, book, tokens_of(environment), settings))
        await stack.enter_async_context(working(client, book, environment, settings, build_worker))
        ui = await server.wait_for_ui()
        yield Stack(server, ui, callbacks, office, client, book)


def _nothing_else(settings: Settings) -> dict[str, str]:
    """Return surroundings in which nobody names another Temporal server than the one of the home."""
    return {"TEMPORAL_CONFIG_FILE": str(settings.home / "none.toml")}


def _refuse_other_server(settings: Settings) -> None:
    there = destination(settings)
    if there.is_named:
        raise CannotStart(
            f"{there.named_by} names the Temporal server at {there.address}, so no embedded one is started. "
            "Use it with `dro worker` and `dro serve`, or unset that name."
        )


@asynccontextmanager
async def _back_office(settings: Settings, environment: Environment) -> AsyncIterator[str]:
    # Needed only where the example is in use, and then only here.
    from examples.smartbytes.backoffice import hosting
    from examples.smartbytes.backoffice.office import Settings as OfficeSettings

    host, port = office_address(environment)
    wanted = {each.name: os.environ.get(each.credentials or "", "") for each in environment.systems}
    office = OfficeSettings(
        database=settings.home / "backoffice.db",
        tokens={name: token for name, token in wanted.items() if token},
        callback_token=next(iter(tokens_of(environment).values()), ""),
    )
    served = hosting.serve(office, host, port)
    try:
        url = await served.__aenter__()
    except OSError as error:
        hint = "Stop what listens there, or choose another address in the environment."
        raise CannotStart(f"The back office cannot listen at {host}:{port}: {error.strerror}. {hint}") from None
    try:
        yield url
    finally:
        await served.__aexit__(None, None, None)


def at_port(environment: Environment, port: int) -> Environment:
    """Return the example's environment with all its systems at another port of this machine."""
    moved = tuple(
        each.model_copy(update={"base_url": f"http://127.0.0.1:{port}/{each.name}"}) for each in environment.systems
    )
    return environment.model_copy(update={"systems": moved})


def office_address(environment: Environment) -> tuple[str, int]:
    """Return host and port that all systems of the example environment share.

    Raises:
        CannotStart: they share none.
    """
    found = {
        (parts.hostname or "", parts.port or 80) for each in environment.systems if (parts := urlsplit(each.base_url))
    }
    if len(found) != 1:
        raise CannotStart("The systems of the example environment must have one host and port: its back office's.")
    return found.pop()


async def _stopped(stop: asyncio.Event, server: EmbeddedServer) -> None:
    asked, ended = asyncio.create_task(stop.wait()), asyncio.create_task(server.wait())
    await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    ended.cancel()
    if not stop.is_set():
        raise CannotStart(f"The Temporal server ended by itself. See `{server.log}`.")
