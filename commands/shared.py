"""What commands have in common: options, settings, the two streams, connections that are closed again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console, RenderableType
    from temporalio.client import Client

    from orderbook.store import OrderBook
    from service.hosts import BuildWorker
    from service.settings import Settings

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
CatalogOption = Annotated[
    Path | None,
    typer.Option("--catalog", metavar="DIR", help="Catalog to plan on, else DRO_CATALOG, else the one in force."),
]
Actor = Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Who acts, else DRO_ACTOR, else you.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the order's history.")]
AsSignal = Annotated[
    bool, typer.Option("--signal", help="Send it without waiting for an answer: for when no worker runs.")
]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the order.", show_default=False)]
StepIds = Annotated[list[str], typer.Argument(metavar="STEP…", help="Ids of its steps.", show_default=False)]


@dataclass(frozen=True)
class Roots:
    """What only the composition root can give: how a worker is built."""

    build_worker: BuildWorker


def settings_of(actor: str | None = None, catalog: Path | None = None) -> Settings:
    """Return the settings with the flags of a command.

    Raises:
        SettingsError: some do not fit.
    """
    from service.settings import load

    return load({"actor": actor, "catalog": str(catalog) if catalog else None})


def new_typer(help_text: str) -> typer.Typer:
    """Return the group of commands of one noun."""
    return typer.Typer(help=help_text, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def print_json(model: BaseModel) -> None:
    """Write a model to stdout as JSON, alone."""
    typer.echo(model.model_dump_json(indent=2))


def print_json_list(models: tuple[BaseModel, ...]) -> None:
    """Write models to stdout as a JSON list, alone."""
    import json

    typer.echo(json.dumps([each.model_dump(mode="json") for each in models], indent=2, ensure_ascii=False))


def console() -> Console:
    """Return the console for people: stdout, as wide as the text needs where it is no terminal."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=1_000)


def show(renderable: RenderableType, whole_lines: bool = False) -> None:
    """Write something for people to stdout; `whole_lines` are broken by the terminal, so that they can be copied."""
    console().print(renderable, soft_wrap=whole_lines)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous part of a command."""
    return asyncio.run(work)


@contextmanager
def book_of(settings: Settings) -> Iterator[OrderBook]:
    """Open the order book for one command."""
    from orderbook.store import OrderBook

    book = OrderBook(settings.database)
    try:
        yield book
    finally:
        book.close()


async def client_of(settings: Settings) -> Client:
    """Return a connected client.

    Raises:
        Unreachable: no server answers.
    """
    from service.temporal import connect

    return await connect(settings)


def new_invocation() -> str:
    """Return an id for what a person asks with one command, so that asking it again is harmless."""
    return uuid.uuid4().hex


def pairs(given: list[str], option: str) -> dict[str, str]:
    """Return the values of `name=value` options by name.

    Raises:
        typer.BadParameter: one of them is none.
    """
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise typer.BadParameter(f"`{text}` is not of the form name=value.", param_hint=option)
        found[name.strip()] = value
    return found
