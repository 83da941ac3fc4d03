"""`dro orders history` and `dro orders events`: what has happened, and what happens now."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import answering, say
from commands.shared import Json, book_of, print_json_list, settings_of, show

if TYPE_CHECKING:
    from orderbook.events import Event
    from orderbook.store import OrderBook

LOOK_SECONDS = 0.5
PAGE = 1_000

OneOrAll = Annotated[str, typer.Argument(metavar="[NUMBER]", help="Number of one order.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `dro orders`."""
    app.command()(answering(history))
    app.command()(answering(events))


def history(number: OneOrAll = "", as_json: Json = False) -> None:
    """Show who did what to an order, when and why, and every decision that was taken without anybody.

    Refused requests, failed tries and callbacks that were not taken are there too. Without NUMBER it is about what
    concerns no order: catalogs published, systems switched, messages of systems that name no order.

    Example: dro orders history SB-1001
    """
    from commands.looking import shown_order
    from commands.render import history as as_table

    with book_of(settings_of()) as book:
        if number:
            shown_order(book, number)
        entries = book.history(number)
    if as_json:
        print_json_list(entries)
    elif entries:
        show(as_table(entries))
    else:
        say("Nothing has happened yet.")


def events(
    number: OneOrAll = "",
    follow: Annotated[bool, typer.Option("--follow", help="Wait for more, until Ctrl-C.")] = False,
    since: Annotated[
        int, typer.Option("--since", metavar="POSITION", min=0, help="Only what comes after this position.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show the feed of events, of one order or of all, in order: a line for each change.

    Each has a position; `--since` goes on after one. With `--json` each line is an object of its own.

    Example: dro orders events --follow
    """
    from commands.looking import shown_order

    with book_of(settings_of()) as book:
        if number:
            shown_order(book, number)
        position = _told(book, number, since, as_json=as_json)
        while follow:
            time.sleep(LOOK_SECONDS)
            position = _told(book, number, position, as_json=as_json)


def _told(book: OrderBook, number: str, position: int, *, as_json: bool) -> int:
    """Write the events after a position, a page at a time; return the last one."""
    while found := book.events(position, number=number or None, limit=PAGE):
        for each in found:
            typer.echo(each.model_dump_json() if as_json else _line(each))
        position = found[-1].position
    # Whoever reads a pipe is to see an event when it happens.
    sys.stdout.flush()
    return position


def _line(event: Event) -> str:
    from commands.wording import moment, words

    what = f"{event.kind} {event.subject}".strip()
    moved = f"{words(event.before)} → {words(event.state)}" if event.before else words(event.state)
    by = f" by {event.actor}" if event.actor else ""
    text = f" ({event.text})" if event.text else ""
    return f"{event.position}  {moment(event.at)}  {event.number}  {what}: {moved}{by}{text}"
