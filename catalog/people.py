"""People, the queues in which work waits for them, and the rules that hand it out (`domain.md` C9, H1, H3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from catalog.base import Code, Frozen, Name
from catalog.fields import Duration

LONGEST = timedelta(days=366)
"""The longest working time that a due date, a reminder or an escalation may lie ahead."""

ActorId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
"""How a person is known: the actor of commands, as `DRO_ACTOR` says it."""

Ahead = Annotated[Duration, Field(gt=timedelta(0), le=LONGEST)]
"""A length of working time ahead, a year at most."""


class Role(StrEnum):
    """What a person may do (`domain.md` H3); which command needs which is a table of its own."""

    ADMIN = "admin"
    DESIGNER = "designer"
    OPERATOR = "operator"
    SUBMITTER = "submitter"


class Person(Frozen):
    """Somebody who works here: the actor that commands name, roles, and the queues whose work is theirs."""

    actor: ActorId
    """The name under which they act."""
    name: str = ""
    """What people read."""
    roles: tuple[Role, ...] = ()
    """What they may do; nothing if left out."""
    queues: tuple[Name, ...] = ()
    """Whose members they are, besides those whose queues name them."""


class Assignment(StrEnum):
    """How a queue hands its tasks out; `none` lets whoever comes first take them."""

    NONE = "none"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class Queue(Frozen):
    """Where fallouts and tasks wait for people.

    `reminder_after` and `escalate_after` count from when the work came to the queue, in working time of its calendar;
    without a calendar, in all time. Without `reminder_after` a task's due date reminds. `notify` names webhooks.
    """

    name: Name
    """What tasks, rules and people call it."""
    title: str = ""
    """What people read; the name if left out."""
    members: tuple[ActorId, ...] = ()
    """Whose work it is."""
    assignment: Assignment = Assignment.NONE
    """How it hands its tasks out."""
    calendar: Name | None = None
    """By which its time counts; without one, all time counts."""
    reminder_after: Ahead | None = None
    """Remind once of what has waited so long in it."""
    escalate_after: Ahead | None = None
    """Hand on what has waited so long in it."""
    escalate_to: Name | None = None
    """The queue that it is then handed to."""
    notify: tuple[Name, ...] = ()
    """Webhooks that reminders and escalations are posted to."""


class AssignmentRule(Frozen):
    """Whom a task goes to that all of it fits: `to` is a queue or a person.

    `product` is that of an order line behind the task's step, `order_priority` how urgent the order is.
    """

    name: Name
    """What issues call it."""
    step: str | None = None
    """Of which step, `GROUP.STEP`."""
    group: Name | None = None
    """Of which step group."""
    product: Code | None = None
    """Of steps for order lines of this product."""
    queue: Name | None = None
    """Of steps that wait in this queue."""
    order_priority: Literal["high", "normal", "bulk"] | None = None
    """Of orders of this priority."""
    to: ActorId
    """A queue, which then hands out by its `assignment`, or a person."""


def next_in_turn(members: tuple[str, ...], last: str) -> str:
    """Return whose turn comes after `last`'s: by name, in a circle; empty without members."""
    ordered = sorted(members)
    return next((each for each in ordered if each > last), ordered[0] if ordered else "")


def least_loaded(members: tuple[str, ...], loads: Mapping[str, int]) -> str:
    """Return who has the fewest tasks, of several the first by name; empty without members."""
    return min(sorted(members), key=lambda each: loads.get(each, 0), default="")


class TaskFacts(Frozen):
    """What assignment rules ask about a task: `step` is `GROUP.STEP`, `products` those of the lines behind it."""

    step: str
    products: tuple[str, ...] = ()
    queue: str | None = None
    order_priority: str = "normal"

    @property
    def group(self) -> str:
        """The lane of the step."""
        return self.step.partition(".")[0]


def assignment_rule(rules: tuple[AssignmentRule, ...], task: TaskFacts) -> AssignmentRule | None:
    """Return the rule that decides about a task, or None.

    The most exact wins: step over group over product over queue over priority; then the first.
    """
    fitting = [each for each in rules if _fits(each, task)]
    return max(fitting, key=exactness, default=None)


def exactness(rule: AssignmentRule) -> tuple[bool, ...]:
    """Return what a rule names, the weightiest first: rules compare by it."""
    named = (rule.step, rule.group, rule.product, rule.queue, rule.order_priority)
    return tuple(each is not None for each in named)


def _fits(rule: AssignmentRule, task: TaskFacts) -> bool:
    asked = (
        (rule.step, (task.step,)),
        (rule.group, (task.group,)),
        (rule.product, task.products),
        (rule.queue, (task.queue,)),
        (rule.order_priority, (task.order_priority,)),
    )
    return all(wanted is None or wanted in found for wanted, found in asked)
