"""With whom a task is to be, and whose work it is: decided from the environment in force (`domain.md` H1, H3)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from catalog.calendars import later
from catalog.environment import Environment
from catalog.people import Assignment, Role, TaskFacts, assignment_rule
from fulfillment.progress import AuditEntry
from orderbook.claims import Choice, NewClaim
from orderbook.tasks import Claim, HandOver, OpenTask

SYSTEM = "system"
"""Who acts where a rule does."""

_METHODS = {
    Assignment.ROUND_ROBIN: "members take turns",
    Assignment.LEAST_LOADED: "who has the fewest tasks",
}


class By(NamedTuple):
    """Who hands a task over, in which role as claimed, when and why."""

    actor: str
    at: datetime
    role: str = ""
    reason: str = ""


def works_for(environment: Environment, actor: str, claim: Claim) -> bool:
    """Tell whether a task is somebody's work: it is with them, in a queue of theirs, or they are admin.

    A task without queue, or in a queue without members, is the work of every operator.
    """
    roles = environment.roles_of(actor)
    if actor == claim.assignee or Role.ADMIN in roles:
        return True
    members = environment.members_of(claim.queue) if claim.queue else ()
    return actor in members if members else Role.OPERATOR in roles


def may_hand_on(environment: Environment, actor: str, claim: Claim) -> bool:
    """Tell whether somebody may give a task to others: every operator, and whose work it is."""
    return Role.OPERATOR in environment.roles_of(actor) or works_for(environment, actor, claim)


def first_claim(environment: Environment, task: OpenTask, now: datetime) -> NewClaim:
    """Return with whom a task is at first: by assignment rule, else in the queue of its step; and when it is due."""
    opened = task.task
    queue, person, why = _by_rule(environment, task)
    choice = None if person else _choice(environment, queue)
    if choice:
        why = f"{why}, {_METHODS[choice.method]}" if why else _METHODS[choice.method]
    calendar = environment.calendar_of(queue)
    given = Claim(
        no=1,
        at=now,
        how=HandOver.ASSIGNED,
        queue=queue,
        queued_at=opened.opened_at,
        assignee=person,
        due_at=later(opened.opened_at, opened.due_after, calendar) if opened.due_after else None,
        actor=SYSTEM,
        reason=why,
    )
    return NewClaim(given, _audit(task, given, By(SYSTEM, now), why), choice)


def to_person(task: OpenTask, stands: Claim, person: str, how: HandOver, by: By) -> NewClaim:
    """Return the claim of a task that stays in its queue and goes to a person, or back where that is empty."""
    return _changed(task, stands, how, by, {"assignee": person})


def to_queue(environment: Environment, task: OpenTask, stands: Claim, queue: str, how: HandOver, by: By) -> NewClaim:
    """Return the claim of a task that comes to a queue now, which chooses; when it is due stays as it is."""
    found = _changed(task, stands, how, by, {"queue": queue, "queued_at": by.at, "assignee": ""})
    return found._replace(choice=_choice(environment, queue))


def _by_rule(environment: Environment, task: OpenTask) -> tuple[str | None, str, str]:
    """Return queue and person that the assignment rules say, and which rule did."""
    opened = task.task
    step = opened.step.replace("~", "@").partition("@")[0]
    facts = TaskFacts(step=step, products=opened.products, queue=opened.queue, order_priority=task.priority)
    rule = assignment_rule(environment.assignment_rules, facts)
    if rule is None:
        return opened.queue, "", ""
    why = f"assignment rule `{rule.name}`"
    return (rule.to, "", why) if environment.queue(rule.to) else (opened.queue, rule.to, why)


def _choice(environment: Environment, queue: str | None) -> Choice | None:
    found = environment.queue(queue)
    if found is None or found.assignment is Assignment.NONE:
        return None
    return Choice(found.name, found.assignment, environment.members_of(found.name))


def _changed(task: OpenTask, stands: Claim, how: HandOver, by: By, update: dict[str, object]) -> NewClaim:
    told = {"no": stands.no + 1, "at": by.at, "how": how, "actor": by.actor, "reason": by.reason}
    claim = stands.model_copy(update={**told, **update})
    return NewClaim(claim, _audit(task, claim, by, ""))


def _audit(task: OpenTask, claim: Claim, by: By, why: str) -> AuditEntry:
    return AuditEntry(
        at=by.at,
        actor=by.actor,
        role=by.role,
        action=claim.how.value,
        step=task.task.step,
        accepted=True,
        detail=why,
        reason=by.reason,
    )
