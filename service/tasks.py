"""Tasks of people: handed out once, claimed, released, handed on, and who may complete them (`domain.md` H1, H3).

Who asks first for a task that nobody has had hands it out: a list, a claim, or the clock of a worker. All these raise
`BookError` where the order book does not answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from catalog.base import Refused
from catalog.environment import Environment
from catalog.words import did_you_mean
from fulfillment.commands import Answer
from fulfillment.progress import AuditEntry
from orderbook.claims import NewClaim
from orderbook.store import OrderBook
from orderbook.tasks import Claim, HandOver, OpenTask
from service.handing import By, first_claim, may_hand_on, to_person, to_queue, works_for


class Task(NamedTuple):
    """A task as people name it."""

    order: str
    step: str


_Decide: TypeAlias = Callable[[OpenTask, Claim], NewClaim | Refused | None]
_NOT_OPEN = "task_not_open"


def hand_out(book: OrderBook, environment: Environment, now: datetime) -> int:
    """Hand out the open tasks that nobody has had, and return how many; each is handed out once, whoever asks."""
    waiting = book.open_tasks(unclaimed=True)
    return sum(_hand_out(book, environment, Task(each.order, each.task.step), now) for each in waiting)


def _hand_out(book: OrderBook, environment: Environment, task: Task, now: datetime) -> bool:
    def decide(found: OpenTask | None) -> NewClaim | None:
        return None if found is None or found.claim else first_claim(environment, found, now)

    return book.hand_over(*task, decide) is not None


def claim(book: OrderBook, environment: Environment, task: Task, by: By) -> Answer | Refused:
    """Give a task to who asks for it, or return why not: somebody else has it, or it is not their work."""

    def decide(found: OpenTask, stands: Claim) -> NewClaim | Refused | None:
        if stands.assignee == by.actor:
            return None
        if stands.assignee:
            return _taken(found, stands)
        if not works_for(environment, by.actor, stands):
            return _not_theirs(environment, by.actor, found, stands)
        return to_person(found, stands, by.actor, HandOver.CLAIMED, by)

    return _handed(book, environment, task, by, HandOver.CLAIMED, decide)


def release(book: OrderBook, environment: Environment, task: Task, by: By) -> Answer | Refused:
    """Give a task back to its queue, for whoever takes it, or return why not."""

    def decide(found: OpenTask, stands: Claim) -> NewClaim | Refused | None:
        if not stands.assignee:
            return None
        if not may_hand_on(environment, by.actor, stands):
            return _not_theirs(environment, by.actor, found, stands)
        return to_person(found, stands, "", HandOver.RELEASED, by)

    return _handed(book, environment, task, by, HandOver.RELEASED, decide)


def reassign(book: OrderBook, environment: Environment, task: Task, by: By, to: str) -> Answer | Refused:
    """Hand a task on to a queue, which then chooses, or to a person, in the same queue; or return why not."""

    def decide(found: OpenTask, stands: Claim) -> NewClaim | Refused | None:
        if not may_hand_on(environment, by.actor, stands):
            return _not_theirs(environment, by.actor, found, stands)
        if environment.queue(to):
            return to_queue(environment, found, stands, to, HandOver.REASSIGNED, by)
        if unknown := _unknown(environment, to):
            return unknown
        return to_person(found, stands, to, HandOver.REASSIGNED, by)

    return _handed(book, environment, task, by, HandOver.REASSIGNED, decide)


def why_not_complete(book: OrderBook, environment: Environment, task: Task, actor: str) -> Refused | None:
    """Return why somebody may not complete a task: it was completed, by whom and when, or it is not their work."""
    found = next((each for each in book.open_tasks() if Task(each.order, each.task.step) == task), None)
    if found is None:
        # Whether there is such a task the order itself knows best.
        return completed_already(book, task)
    stands = found.claim
    if stands is None or works_for(environment, actor, stands):
        return None
    return _not_theirs(environment, actor, found, stands)


def completed_already(book: OrderBook, task: Task) -> Refused | None:
    """Return the refusal to do a task again, with who did it and when; None if nobody did."""
    view = book.show(task.order)
    done = next((each for each in view.tasks if each.step == task.step and each.completed_at), None) if view else None
    if done is None:
        return None
    message = (
        f"`{done.title}` ({done.step}) was completed by `{done.actor}` at {done.completed_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    return Refused.because("task_completed", message, f"`dro orders show {task.order}` shows how the order goes on.")


def _handed(
    book: OrderBook, environment: Environment, task: Task, by: By, how: HandOver, decide: _Decide
) -> Answer | Refused:
    """Hand a task over as `decide` says, and audit who asked for what was refused."""
    _hand_out(book, environment, task, by.at)

    def asked(found: OpenTask | None) -> NewClaim | Refused | None:
        return _not_open(task) if found is None or found.claim is None else decide(found, found.claim)

    given = book.hand_over(*task, asked)
    if not isinstance(given, Refused):
        return Answer(message=_told(task, given, by, how))
    if any(each.check == _NOT_OPEN for each in given.issues):
        given = completed_already(book, task) or given
    entry = AuditEntry(at=by.at, actor=by.actor, role=by.role, action=how.value, step=task.step, accepted=False)
    if book.order(task.order):
        detail = " ".join(each.message for each in given.issues)
        book.add_audit(task.order, entry.model_copy(update={"detail": detail, "reason": by.reason}))
    return given


def _told(task: Task, given: Claim | None, by: By, how: HandOver) -> str:
    """Return what came of it, in words; without a new claim it stood so before."""
    where = f"Task `{task.step}` of order {task.order}"
    if how is HandOver.CLAIMED:
        done = f"dro tasks complete {task.order} {task.step}"
        return f"{where} is {'with you already' if given is None else 'yours'}, `{by.actor}`: `{done}` completes it."
    if given is None or not given.assignee:
        queue = f" in the queue `{given.queue}`" if given and given.queue else ""
        return f"{where} waits{queue} for whoever takes it: `dro tasks claim {task.order} {task.step}`."
    return f"{where} is with `{given.assignee}` now{f', in the queue `{given.queue}`' if given.queue else ''}."


def _not_open(task: Task) -> Refused:
    message = f"Order `{task.order}` has no open task `{task.step}`."
    return Refused.because(_NOT_OPEN, message, "`dro tasks list` names those that are open.")


def _taken(task: OpenTask, stands: Claim) -> Refused:
    opened = task.task
    message = f"`{opened.title}` ({opened.step}) is with `{stands.assignee}` since {stands.at:%Y-%m-%d %H:%M:%S} UTC."
    hint = f"`dro tasks reassign {task.order} {opened.step} --to NAME` hands it on."
    return Refused.because("task_taken", message, hint)


def _not_theirs(environment: Environment, actor: str, task: OpenTask, stands: Claim) -> Refused:
    opened = task.task
    members = environment.members_of(stands.queue) if stands.queue else ()
    group = f"the members of the queue `{stands.queue}` ({', '.join(members)})" if members else "operators"
    whose = f"`{stands.assignee}` has it, and else it is for {group}" if stands.assignee else f"it is for {group}"
    message = f"`{opened.title}` ({opened.step}) is no work of `{actor}`: {whose}."
    hint = "Ask one of them, or an admin; who they are stands in the environment, under `people` and `queues`."
    return Refused.because("task_of_others", message, hint)


def _unknown(environment: Environment, name: str) -> Refused | None:
    """Return the refusal of a name that is neither a queue nor anybody's; where nobody is declared, all are taken."""
    people = (each.actor for each in environment.people)
    members = (each for queue in environment.queues for each in environment.members_of(queue.name))
    known = tuple(sorted({*people, *members}))
    if not known or name in known:
        return None
    hint = did_you_mean(name, (*known, *(each.name for each in environment.queues)), "People and queues")
    return Refused.because("unknown_assignee", f"There is neither a person nor a queue `{name}`.", hint)
