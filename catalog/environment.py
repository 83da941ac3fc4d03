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
from catalog.ignoring import IgnoredChecks
from catalog.jeopardy import JeopardyRule
from catalog.people import AssignmentRule, Person, Queue, Role
from catalog.webhooks import Webhook

_MANY = Field(max_length=1_000)
"""Each failure and each task asks all rules, and the checks compare them with each other."""


class SystemAddress(Frozen):
    """How a system is reached. Credentials are names of environment variables, never the secrets themselves.

    `rate` (calls per second, over all workers) and `concurrency` (calls at a time, of each worker) need a system with a
    task queue of its own.
    """

    name: Name
    """The system's name in the catalog."""
    base_url: str = Field(pattern=r"^https?://[^\s]+[^/\s]$")
    """What paths of operations are appended to."""
    credentials: str | None = None
    """Environment variable with the bearer token to send; never the token itself."""
    callback_credentials: str | None = None
    """Environment variable with the bearer token that its callbacks must carry."""
    idempotency_header: str = Field(default="Idempotency-Key", pattern=r"^[A-Za-z0-9-]+$")
    """Header with the key of the effect."""
    keys_remembered: Duration | None = None
    """For how long the system knows a key; for ever if left out."""
    timeout: Duration | None = None
    """Shortens that of its operations."""
    rate: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Most calls a second, tries included, over all workers; no limit if left out."""
    concurrency: int | None = Field(default=None, ge=1)
    """Most calls at a time of each worker; 100 if left out."""


class Environment(Frozen):
    """All of an installation's configuration that no order pins.

    `functions` is where workers find theirs besides the built-in ones: `module:attribute`, a mapping by name.
    """

    name: str = ""
    """What the environment is called; once over all files."""
    functions: Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")] = ""
    """Where workers find functions besides the built-in ones: a mapping by name, `module:attribute`."""
    systems: Annotated[tuple[SystemAddress, ...], from_mapping("name"), sorted_by("name")] = ()
    """How systems are reached, by name."""
    queues: Annotated[tuple[Queue, ...], from_mapping("name"), sorted_by("name")] = ()
    """Where work waits for people, by name."""
    people: Annotated[tuple[Person, ...], from_mapping("actor"), sorted_by("actor")] = ()
    """Who works here, by the name under which they act."""
    calendars: Annotated[tuple[Calendar, ...], from_mapping("name"), sorted_by("name")] = ()
    """When people work, by name."""
    assignment_rules: Annotated[tuple[AssignmentRule, ...], from_mapping("name"), _MANY] = ()
    """Whom tasks go to, by name."""
    fallout_rules: Annotated[tuple[FalloutRule, ...], from_mapping("name"), _MANY] = ()
    """What is done about failed tries, by name; of equally exact ones the first counts."""
    jeopardy_rules: Annotated[tuple[JeopardyRule, ...], from_mapping("name"), _MANY] = ()
    """How long steps may take, by name."""
    webhooks: Annotated[tuple[Webhook, ...], from_mapping("name"), sorted_by("name")] = ()
    """Who outside is told of events, by name."""
    ignored_checks: IgnoredChecks = ()
    """Warnings about this environment that are meant so, by code."""

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
