"""Asks a running order to do something and tells what it answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.base import Refused
from commands.errors import Refusal, say
from commands.looking import shown_order
from commands.shared import book_of, client_of, new_invocation, print_json, run

if TYPE_CHECKING:
    from fulfillment.commands import Answer, Command
    from orderbook.store import OrderBook
    from service.settings import Settings


def do(command: Command, number: str, settings: Settings, as_signal: bool, *, as_json: bool = False) -> None:
    """Give the command to the order.

    Raises:
        Refusal: the actor may not, the order refuses it, or it does not run.
    """
    answer = run(_given(command, number, settings, as_signal))
    if isinstance(answer, Refused):
        raise Refusal(_in_the_book(command, number, settings, answer).issues)
    print_json(answer) if as_json else say(answer.message)


def _in_the_book(command: Command, number: str, settings: Settings, refused: Refused) -> Refused:
    """Return the refusal as it stands in the order's history now: where no execution takes it, the book knows why."""
    from orderbook.errors import BookError
    from service.desk import NOT_RUNNING, note_refusal
    from service.lost import why_unheard

    try:
        with book_of(settings) as book:
            if any(each.check == NOT_RUNNING for each in refused.issues):
                refused = _done_already(book, number, command) or why_unheard(book, number)
            note_refusal(book, number, command, refused, datetime.now(UTC))
    except BookError as error:
        # The refusal itself is what the person needs to read; it comes next.
        say(f"The refusal is not in the order's history: {error}")
    return refused


def _done_already(book: OrderBook, number: str, command: Command) -> Refused | None:
    """Return who has completed the task that a command is to complete, whose order may have ended with it."""
    from fulfillment.commands import CompleteTask
    from service.tasks import Task, completed_already

    return completed_already(book, Task(number, command.step)) if isinstance(command, CompleteTask) else None


async def _given(command: Command, number: str, settings: Settings, as_signal: bool) -> Answer | Refused:
    from service.authority import authorized, usable_environment
    from service.desk import ask, signal

    environment = usable_environment(settings)
    allowed = environment if isinstance(environment, Refused) else authorized(command, environment)
    if isinstance(allowed, Refused):
        return allowed
    command = allowed
    client = await client_of(settings)
    if as_signal:
        return await signal(client, number, command)
    return await ask(client, number, command, new_invocation())


def restart(number: str, reason: str, settings: Settings, *, as_json: bool = False) -> None:
    """Let an order go on whose execution is lost.

    Raises:
        Refusal: there is no such order, it has ended, or it runs.
    """
    with book_of(settings) as book:
        shown_order(book, number)
        answer = run(_restarted(book, number, reason, settings))
    if isinstance(answer, Refused):
        raise Refusal(answer.issues)
    print_json(answer) if as_json else say(answer.message)


async def _restarted(book: OrderBook, number: str, reason: str, settings: Settings) -> Answer | Refused:
    from service.lost import restart as ask_for_restart

    return await ask_for_restart(await client_of(settings), book, settings, number, reason)
