"""Checks of the people, queues, calendars and assignment rules of an environment (`domain.md` C9, H1, H3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest, warning
from catalog.environment import Environment
from catalog.people import Assignment, AssignmentRule, Role
from catalog.step_graph import every_step
from catalog.working import calendars_of


def unknown_queue_of_people(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # a check like the others
    """Every queue that a person, an escalation or an assignment rule names exists."""
    known = tuple(each.name for each in environment.queues)
    for path, name in _queues_named(environment):
        if name not in known:
            yield error("unknown_queue_of_people", path, f"There is no queue `{name}`.", nearest(name, known, "Queues"))


def _queues_named(environment: Environment) -> Iterator[tuple[Path, str]]:
    for person in environment.people:
        yield from ((("people", person.actor, "queues", at), name) for at, name in enumerate(person.queues))
    for queue in environment.queues:
        if queue.escalate_to is not None:
            yield ("queues", queue.name, "escalate_to"), queue.escalate_to
    for rule in environment.assignment_rules:
        if rule.queue is not None:
            yield ("assignment_rules", rule.name, "queue"), rule.queue


def unknown_person(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """The members of queues are people, where any are declared; an assignment rule leads to a queue or a person."""
    people = tuple(each.actor for each in environment.people)
    queues = tuple(each.name for each in environment.queues)
    members = tuple(name for each in queues for name in environment.members_of(each))
    for queue in environment.queues:
        for at, name in enumerate(queue.members):
            if people and name not in people:
                place = ("queues", queue.name, "members", at)
                yield error("unknown_person", place, f"There is no person `{name}`.", nearest(name, people, "People"))
    known = (*queues, *(people or members))
    for rule in environment.assignment_rules:
        if rule.to not in known:
            message = f"`{rule.to}` is neither a queue nor a person."
            path = ("assignment_rules", rule.name, "to")
            yield error("unknown_person", path, message, nearest(rule.to, known, "Queues and people"))


def ambiguous_person(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """No person is called as a queue is, so that it is plain to whom a task goes."""
    for person in environment.people:
        if environment.queue(person.actor):
            message = f"A person and a queue are both called `{person.actor}`; whatever goes there goes to the queue."
            yield error("ambiguous_person", ("people", person.actor), message, "Rename one of them.")


def unknown_calendar(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """Every calendar that a queue or a step names exists."""
    known = tuple(each.name for each in environment.calendars)
    for queue in environment.queues:
        if queue.calendar is not None and queue.calendar not in known:
            hint = nearest(queue.calendar, known, "Calendars")
            path = ("queues", queue.name, "calendar")
            yield error("unknown_calendar", path, f"There is no calendar `{queue.calendar}`.", hint)
    for group, step in every_step(catalog):
        for name in dict.fromkeys(name for _, name in calendars_of(step) if name not in known):
            message = f"Step `{group.name}.{step.name}` counts by the calendar `{name}`, which does not exist here."
            yield error("unknown_calendar", ("calendars",), message, nearest(name, known, "Calendars"))


def unknown_queue_webhook(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """Every webhook that a queue notifies exists."""
    known = tuple(each.name for each in environment.webhooks)
    for queue in environment.queues:
        for at, name in enumerate(queue.notify):
            if name not in known:
                path = ("queues", queue.name, "notify", at)
                yield error(
                    "unknown_queue_webhook", path, f"There is no webhook `{name}`.", nearest(name, known, "Webhooks")
                )


def queue_without_members(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """A queue that hands its tasks out has members to give them to."""
    for queue in environment.queues:
        if queue.assignment is not Assignment.NONE and not environment.members_of(queue.name):
            message = f"`{queue.name}` hands its tasks out by `{queue.assignment}`, and has no members."
            hint = "List them under `members`, or name the queue under `queues` of people."
            yield error("queue_without_members", ("queues", queue.name, "assignment"), message, hint)


def half_escalation(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """A queue that escalates says both when and to where."""
    for queue in environment.queues:
        if (queue.escalate_after is None) != (queue.escalate_to is None):
            given, lacking = (
                ("escalate_after", "escalate_to") if queue.escalate_after else ("escalate_to", "escalate_after")
            )
            message = f"`{queue.name}` has `{given}` but not `{lacking}`, and so never escalates."
            yield error(
                "half_escalation", ("queues", queue.name, given), message, f"Add `{lacking}`, or remove `{given}`."
            )


def escalation_circle(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """Escalations lead from queue to queue to an end."""
    for queue in environment.queues:
        way = [queue.name]
        while (here := environment.queue(way[-1])) and here.escalate_to and here.escalate_to not in way:
            way.append(here.escalate_to)
        last = environment.queue(way[-1])
        if last and last.escalate_to == queue.name == min(way):
            message = f"Tasks would be escalated in a circle: {' → '.join((*way, queue.name))}."
            hint = "Remove one `escalate_to`."
            yield error("escalation_circle", ("queues", queue.name, "escalate_to"), message, hint)


def nobody_admin(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """Where people are declared, one of them is admin."""
    if environment.people and not any(Role.ADMIN in each.roles for each in environment.people):
        message = "Nobody has the role `admin`: what only an admin may do, nobody may."
        yield warning("nobody_admin", ("people",), message, "Add `admin` to somebody's `roles`.")


def unknown_assignment_subject(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The step, group and product that an assignment rule names exist in the catalog."""
    known: dict[str, Sequence[str]] = {
        "step": [f"{group.name}.{step.name}" for group, step in every_step(catalog)],
        "group": [each.name for each in catalog.step_groups],
        "product": [each.code for each in catalog.products],
    }
    for rule in environment.assignment_rules:
        for what, name in (("step", rule.step), ("group", rule.group), ("product", rule.product)):
            if name is not None and name not in known[what]:
                hint = nearest(name, known[what], f"{what.capitalize()}s")
                path = ("assignment_rules", rule.name, what)
                yield error("unknown_assignment_subject", path, f"The catalog has no {what} `{name}`.", hint)


def shadowed_assignment_rule(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """No two assignment rules name the same, so that the second never applies."""
    first: dict[object, AssignmentRule] = {}
    for rule in environment.assignment_rules:
        named = (rule.step, rule.group, rule.product, rule.queue, rule.order_priority)
        other = first.setdefault(named, rule)
        if other is not rule:
            message = f"`{rule.name}` never applies: `{other.name}` before it matches the same."
            yield warning(
                "shadowed_assignment_rule", ("assignment_rules", rule.name), message, "Remove one of the two."
            )


PEOPLE_CHECKS = (
    unknown_queue_of_people,
    unknown_person,
    ambiguous_person,
    unknown_calendar,
    unknown_queue_webhook,
    queue_without_members,
    half_escalation,
    escalation_circle,
    nobody_admin,
    unknown_assignment_subject,
    shadowed_assignment_rule,
)
"""Every check of people, in the order of the reference page."""
