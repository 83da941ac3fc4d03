"""Reminds of tasks and fallouts that wait too long, and escalates them: by the clock, once each (`domain.md` H1).

Time counts as the queue's calendar has it, from when the work came to the queue. Everything here raises `BookError`
where the order book does not answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.base import Refused
from catalog.calendars import later
from catalog.environment import Environment
from catalog.people import Queue
from orderbook.claims import NewClaim
from orderbook.store import OrderBook
from orderbook.tasks import HandOver, OpenTask
from orderbook.views import FalloutView
from service.catalogs import environment_in_use, refuses
from service.handing import SYSTEM, By, to_queue
from service.notify import Notification, notify
from service.settings import Settings
from service.tasks import hand_out

logger = logging.getLogger(__name__)

_NOWHERE = Queue(name="none")


class Looked(NamedTuple):
    """What one look did: tasks handed out, reminders told, and work that was escalated."""

    handed_out: int = 0
    reminded: int = 0
    escalated: int = 0


class Waiting(NamedTuple):
    """Work that waits: what it is, in which queue since when, and who is told of it."""

    kind: str
    subject: str
    title: str
    queue: Queue
    since: datetime
    to: tuple[str, ...]
    due_at: datetime | None = None


def look_after_people(book: OrderBook, environment: Environment, now: datetime) -> Looked:
    """Hand out what nobody has had, remind of what waits too long, and escalate what waits longer still."""
    handed_out = hand_out(book, environment, now)
    tasks = tuple((_task(environment, each), each) for each in book.open_tasks())
    fallouts = _fallouts(book, environment)
    told = _told_before(book, (*(each for each, _ in tasks), *fallouts))
    due = (note for each in (*(one for one, _ in tasks), *fallouts) for note in _reminders(environment, each, now))
    reminded = sum(_tell(book, note, told, now) for note in due)
    late = tuple((each, task) for each, task in tasks if _is_past(environment, each, each.queue.escalate_after, now))
    escalated = sum(_escalated(book, environment, each, task, now) for each, task in late)
    notes = (each for one in fallouts for each in _escalations(environment, one, now))
    return Looked(handed_out, reminded, escalated + sum(_tell(book, each, told, now) for each in notes))


async def keep_people(book: OrderBook, settings: Settings, now: datetime) -> Looked:
    """Look after people as the environment in force has it; where it cannot be read, say so and do nothing."""
    loaded = await asyncio.to_thread(environment_in_use, settings)
    if loaded.environment is None or refuses(loaded.issues):
        logger.warning("Tasks are not looked after: the environment in `%s` has errors.", loaded.where)
        return Looked()
    return await asyncio.to_thread(look_after_people, book, loaded.environment, now)


def _task(environment: Environment, task: OpenTask) -> Waiting:
    claim, opened = task.claim, task.task
    queue = environment.queue(claim.queue if claim else opened.queue) or _NOWHERE
    to = (claim.assignee,) if claim and claim.assignee else environment.members_of(queue.name)
    since = claim.queued_at if claim else opened.opened_at
    title = f"Task `{opened.title}` ({opened.step}) of order {task.order}"
    return Waiting("task", f"{task.order}/{opened.step}", title, queue, since, to, claim.due_at if claim else None)


def _fallouts(book: OrderBook, environment: Environment) -> tuple[Waiting, ...]:
    """Return the open fallouts in queues that remind or escalate."""
    watched = {each.name: each for each in environment.queues if each.reminder_after or each.escalate_after}
    found = book.fallouts() if watched else ()
    return tuple(_fallout(environment, each, watched[each.queue]) for each in found if each.queue in watched)


def _fallout(environment: Environment, fallout: FalloutView, queue: Queue) -> Waiting:
    title = f"Fallout {fallout.number} of {fallout.step} of order {fallout.order} ({fallout.failure.code})"
    subject = f"{fallout.order}/{fallout.step}/{fallout.number}"
    to = (fallout.owner,) if fallout.owner else environment.members_of(queue.name)
    return Waiting("fallout", subject, title, queue, fallout.opened_at, to)


def _is_past(environment: Environment, each: Waiting, after: timedelta | None, now: datetime) -> bool:
    return after is not None and later(each.since, after, environment.calendar_of(each.queue.name)) <= now


def _reminders(environment: Environment, each: Waiting, now: datetime) -> Iterator[Notification]:
    stay = _stay(each)
    if _is_past(environment, each, each.queue.reminder_after, now):
        text = f"{each.title} waits in the queue `{each.queue.name}` since {each.since:%Y-%m-%d %H:%M} UTC."
        yield from _to_all(each, f"{each.kind}_reminder", stay, text)
    if each.due_at is not None and each.due_at <= now:
        text = f"{each.title} was due at {each.due_at:%Y-%m-%d %H:%M} UTC."
        yield from _to_all(each, f"{each.kind}_overdue", f"{each.due_at:%Y-%m-%dT%H:%M:%SZ}", text)


def _escalations(environment: Environment, each: Waiting, now: datetime) -> Iterator[Notification]:
    """Yield what is told about work that waits longer than its queue lets it: those it is escalated to hear of it."""
    above = each.queue.escalate_to
    if above is not None and _is_past(environment, each, each.queue.escalate_after, now):
        text = f"{each.title} is escalated from the queue `{each.queue.name}` to `{above}`."
        moved = each._replace(to=environment.members_of(above))
        yield from _to_all(moved, f"{each.kind}_escalation", _stay(each), text)


def _stay(each: Waiting) -> str:
    """Return what tells one stay in a queue from the next."""
    return f"{each.queue.name} {each.since:%Y-%m-%dT%H:%M:%SZ}"


def _to_all(each: Waiting, kind: str, level: str, text: str) -> Iterator[Notification]:
    """Yield the notification for each webhook of the queue; without any, for those that hear all."""
    for webhook in each.queue.notify or (None,):
        own = f"{level} {webhook}" if webhook else level
        yield Notification(kind=kind, subject=each.subject, level=own, text=text, webhook=webhook, to=each.to)


def _told_before(book: OrderBook, waiting: tuple[Waiting, ...]) -> frozenset[tuple[str, str, str]]:
    """Return what was told since the oldest of this began: looking costs less than trying to tell it all again."""
    return book.told_since(min(each.since for each in waiting)) if waiting else frozenset()


def _tell(book: OrderBook, note: Notification, told: frozenset[tuple[str, str, str]], now: datetime) -> bool:
    return (note.kind, note.subject, note.level) not in told and notify(book, note, now)


def _escalated(book: OrderBook, environment: Environment, waiting: Waiting, task: OpenTask, now: datetime) -> bool:
    """Move a task to the queue above, and tell it; return False where another clock did."""
    above, before = waiting.queue.escalate_to, task.claim
    if above is None or before is None:
        return False
    why = f"waited {_in_words(waiting.queue.escalate_after)} in the queue `{waiting.queue.name}`"

    def decide(found: OpenTask | None) -> NewClaim | Refused | None:
        # Who was handed it in the meantime keeps it until the next look.
        if found is None or found.claim != before:
            return None
        return to_queue(environment, found, before, above, HandOver.ESCALATED, By(SYSTEM, now, reason=why))

    if book.hand_over(task.order, task.task.step, decide) is None:
        return False
    for note in _escalations(environment, waiting, now):
        notify(book, note, now)
    return True


def _in_words(length: timedelta | None) -> str:
    minutes = int((length or timedelta(0)).total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )
