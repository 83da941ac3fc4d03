"""The environment of an installation: where systems are, and the fallout rules in force (`domain.md` C8, C9, F1, F2).

As of now and outside the catalog's digest: no order pins it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from catalog.base import Frozen, Name
from catalog.calendars import Calendar
from catalog.fallout_rules import FalloutRule
from catalog.fields import Duration, from_mapping, sorted_by
from catalog.jeopardy import JeopardyRule
from catalog.people import AssignmentRule, Person, Queue, Role
from catalog.webhooks import Webhook


class SystemAddress(Frozen):
    """How a system is reached. Credentials are names of environment variables, never the secrets themselves.

    `rate` (calls per second, over all workers) and `concurrency` (calls at a time, of each worker) need a system with a
    task queue of its own.
    """

    name: Name
    base_url: str = Field(pattern=r"^https?://[^\s]+[^/\s]$")
    credentials: str | None = None
    callback_credentials: str | None = None
    idempotency_header: str = Field(default="Idempotency-Key", pattern=r"^[A-Za-z0-9-]+$")
    keys_remembered: Duration | None = None
    timeout: Duration | None = None
    rate: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    concurrency: int | None = Field(default=None, ge=1)


class Environment(Frozen):
    """All of an installation's configuration that no order pins.

    `functions` is where workers find theirs besides the built-in ones: `module:attribute`, a mapping by name.
    """

    name: str = ""
    functions: Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")] = ""
    systems: Annotated[tuple[SystemAddress, ...], from_mapping("name"), sorted_by("name")] = ()
    queues: Annotated[tuple[Queue, ...], from_mapping("name"), sorted_by("name")] = ()
    people: Annotated[tuple[Person, ...], from_mapping("actor"), sorted_by("actor")] = ()
    calendars: Annotated[tuple[Calendar, ...], from_mapping("name"), sorted_by("name")] = ()
    assignment_rules: Annotated[tuple[AssignmentRule, ...], from_mapping("name")] = ()
    fallout_rules: Annotated[tuple[FalloutRule, ...], from_mapping("name")] = ()
    jeopardy_rules: Annotated[tuple[JeopardyRule, ...], from_mapping("name")] = ()
    webhooks: Annotated[tuple[Webhook, ...], from_mapping("name"), sorted_by("name")] = ()

    def system(self, name: str) -> SystemAddress | None:
        """Return where the system `name` is, or None."""
        return next((each for each in self.systems if each.name == name), None)

    def queue(self, name: str | None) -> Queue | None:
        """Return the queue `name`, or None."""
        return next((each for each in self.queues if each.name == name), None)

    def person(self, actor: str) -> Person | None:
        """Return who acts under that name, or None."""
        return next((each for each in self.people if each.actor == actor), None)

    def roles_of(self, actor: str) -> tuple[Role, ...]:
        """Return what a person may do; where nobody is declared, everybody may do everything."""
        if not self.people:
            return tuple(Role)
        person = self.person(actor)
        return person.roles if person else ()

    def members_of(self, queue: str) -> tuple[str, ...]:
        """Return whose work a queue is, by name, whether the queue says so or the person."""
        found = self.queue(queue)
        named = found.members if found else ()
        return tuple(sorted({*named, *(each.actor for each in self.people if queue in each.queues)}))

    def calendar_of(self, queue: str | None) -> Calendar | None:
        """Return the calendar by which a queue works, None for one that counts all time."""
        found = self.queue(queue)
        wanted = found.calendar if found else None
        return next((each for each in self.calendars if each.name == wanted), None)
