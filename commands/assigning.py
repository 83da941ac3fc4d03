"""Hands tasks over as the environment in force has it, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from catalog.base import Refused
from catalog.environment import Environment
from commands.errors import Refusal, say
from commands.shared import book_of, print_json
from fulfillment.authority import acting_role
from fulfillment.commands import Answer
from orderbook.errors import BookError
from orderbook.store import OrderBook
from orderbook.views import TaskView
from service.catalogs import environment_in_use, refusal, refuses
from service.handing import By
from service.settings import Settings
from service.tasks import Task, hand_out, why_not_complete

_HandOver: TypeAlias = Callable[[OrderBook, Environment, Task, By], Answer | Refused]


def listed(
    settings: Settings, *, all_: bool, queue: str | None, assignee: str | None, overdue: bool
) -> tuple[TaskView, ...]:
    """Return tasks, oldest first, those that fit; what nobody has had is handed out before."""
    now = datetime.now(UTC)
    with book_of(settings) as book:
        loaded = environment_in_use(settings)
        if loaded.environment and not refuses(loaded.issues):
            hand_out(book, loaded.environment, now)
        else:
            say(f"Tasks are not handed out: the environment in `{loaded.where}` has errors; `dro doctor` shows them.")
        found = book.tasks(open_only=not all_)
    return tuple(
        each
        for each in found
        if queue in (None, each.queue) and assignee in (None, each.assignee) and (not overdue or is_overdue(each, now))
    )


def is_overdue(task: TaskView, now: datetime) -> bool:
    """Tell whether a task should have been done."""
    return task.is_open and task.due_at is not None and task.due_at < now


def hand_over(
    change: _HandOver, number: str, step: str, settings: Settings, kind: str, reason: str, *, as_json: bool
) -> None:
    """Change with whom a task is; `kind` is what the role must allow.

    Raises:
        Refusal: it is not open, somebody else has it, or it is not theirs to say.
    """
    environment = _environment(settings)
    by = By(settings.actor, datetime.now(UTC), _role(environment, settings.actor, kind), reason)
    with book_of(settings) as book:
        answer = change(book, environment, Task(number, step), by)
    if isinstance(answer, Refused):
        raise Refusal(answer.issues)
    print_json(answer) if as_json else say(answer.message)


def check_may_complete(settings: Settings, number: str, step: str) -> None:
    """Return if nobody else has to complete the task, or where nothing says so.

    Raises:
        Refusal: it was completed, by whom and when, or it is not theirs to do.
    """
    try:
        with book_of(settings) as book:
            refused = why_not_complete(book, _environment(settings), Task(number, step), settings.actor)
    except BookError as error:
        # The order itself takes the task's values; it goes on without its book, and so does who works for it.
        say(f"Whose task it is cannot be checked: {error}")
        return
    if refused:
        raise Refusal(refused.issues)


def _environment(settings: Settings) -> Environment:
    loaded = environment_in_use(settings)
    if loaded.environment is None or refuses(loaded.issues):
        raise Refusal(refusal(loaded.issues).issues)
    return loaded.environment


def _role(environment: Environment, actor: str, kind: str) -> str:
    """Return the role in which somebody acts, as the people file has it; empty where it names nobody."""
    return (acting_role(environment.roles_of(actor), kind) or "") if environment.people else ""
