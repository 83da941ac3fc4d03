"""Asks a running order to do something and tells what it answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.base import Refused
from commands.errors import Refusal, say
from commands.shared import book_of, client_of, new_invocation, print_json, run

if TYPE_CHECKING:
    from fulfillment.commands import Answer, Command
    from service.settings import Settings


def do(command: Command, number: str, settings: Settings, as_signal: bool, *, as_json: bool = False) -> None:
    """Give the command to the order.

    Raises:
        Refusal: the order refuses it, or does not run.
    """
    answer = run(_given(command, number, settings, as_signal))
    if isinstance(answer, Refused):
        _note(command, number, settings, answer)
        raise Refusal(answer.issues)
    print_json(answer) if as_json else say(answer.message)


def _note(command: Command, number: str, settings: Settings, refused: Refused) -> None:
    from orderbook.errors import BookError
    from service.desk import note_refusal

    try:
        with book_of(settings) as book:
            note_refusal(book, number, command, refused, datetime.now(UTC))
    except BookError as error:
        # The refusal itself is what the person needs to read; it comes next.
        say(f"The refusal is not in the order's history: {error}")


async def _given(command: Command, number: str, settings: Settings, as_signal: bool) -> Answer | Refused:
    from service.desk import ask, signal

    client = await client_of(settings)
    if as_signal:
        return await signal(client, number, command)
    return await ask(client, number, command, new_invocation())
