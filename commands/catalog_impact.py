"""`dro catalog impact`: what a catalog would do to the orders that were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from commands.errors import ExitCode, Refusal, answering
from commands.shared import Json, book_of, print_json, settings_of, show

Tried = Annotated[str, typer.Argument(metavar="DIR", help="Folder of the catalog, or a version.", show_default=False)]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only orders accepted from then on, in UTC.")
]
States = Annotated[
    list[str] | None, typer.Option("--state", metavar="STATE", help="Only orders in this state; may be repeated.")
]
Failing = Annotated[bool, typer.Option("--fail-on-change", help="End with 4 if any order would change.")]


def add_to(catalogs: typer.Typer) -> None:
    """Add this command to `dro catalog`."""
    catalogs.command()(answering(impact))


def impact(
    folder: Tried, since: Since = None, state: States = None, fail: Failing = False, as_json: Json = False
) -> None:
    """Plan the recorded orders with a catalog, each as of its acceptance, and tell what it would have got otherwise.

    What is different in the same way is told once, with how many orders and one of them. Nothing is changed.

    Example: dro catalog impact examples/smartbytes/catalog --since 2026-11-01 --fail-on-change
    """
    from catalog.base import Refused
    from commands.impact_views import impact_view
    from fulfillment.states import OrderState
    from orderbook.accepted import Chosen
    from service.catalogs import calendars_in_use
    from service.impact import impact as found_in

    states = tuple(state or ())
    if any(each not in tuple(OrderState) for each in states):
        raise typer.BadParameter(f"one of {', '.join(OrderState)}", param_hint="--state")
    chosen = Chosen(
        until=datetime.now(UTC), since=_moment(since) if since else None, states=tuple(map(OrderState, states))
    )
    settings = settings_of()
    with book_of(settings) as book, _progress() as told:
        found = found_in(folder, book, chosen, told, calendars_in_use(settings))
    if isinstance(found, Refused):
        raise Refusal(found.issues)
    if as_json:
        print_json(found)
    else:
        show(impact_view(found), whole_lines=True)
    if fail and found.impact.changes:
        raise typer.Exit(ExitCode.CHANGED)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        hint = f"`{text}` is no date; write it as 2026-11-01."
        raise typer.BadParameter(hint, param_hint="--since") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show how far it has come, where somebody looks: a bar on stderr if that is a terminal."""
    from rich.console import Console

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Orders planned"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
