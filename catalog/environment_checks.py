"""Checks of an environment against the catalog that it serves (`domain.md` C8, C9, F1)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.ignored import without_ignored
from catalog.checks.issues import error, nearest, warning
from catalog.environment import Environment
from catalog.fallout_checks import FALLOUT_CHECKS
from catalog.jeopardy_checks import jeopardy_tie, unknown_jeopardy_subject
from catalog.people_checks import PEOPLE_CHECKS
from catalog.step_graph import every_step
from catalog.steps import Callout, ManualTask


def check_environment(environment: Environment, catalog: Catalog) -> tuple[Issue, ...]:
    """Return every problem of the environment for this catalog, ordered by path; not warnings that it ignores."""
    found = (issue for check in ENVIRONMENT_CHECKS for issue in check(environment, catalog))
    return without_ignored(found, environment.ignored_checks, tuple(check.__name__ for check in ENVIRONMENT_CHECKS))


def missing_system(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """Every system that a step calls has an address."""
    first: dict[str, str] = {}
    for group, step in every_step(catalog):
        if isinstance(step, Callout) and catalog.operation(step.operation) is not None:
            first.setdefault(step.operation.partition(".")[0], f"{group.name}.{step.name}")
    known = {each.name: None for each in environment.systems}
    for system, step_name in sorted(first.items()):
        if system not in known:
            message = f"Step `{step_name}` calls the system `{system}`, which has no address here."
            hint = nearest(system, known, "Systems with an address")
            yield error("missing_system", ("systems",), message, hint)


def unused_address(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The catalog has every system that has an address."""
    for address in environment.systems:
        if catalog.system(address.name) is None:
            known = tuple(each.name for each in catalog.systems)
            hint = nearest(address.name, known, "Its systems") or "Remove it."
            message = f"The catalog has no system `{address.name}`."
            yield warning("unused_address", ("systems", address.name), message, hint)


def missing_callback_credentials(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """A system that calls back has credentials to be known by."""
    for system in catalog.systems:
        operation = next((each for each in system.operations if each.callback is not None), None)
        address = environment.system(system.name)
        if operation is not None and address is not None and address.callback_credentials is None:
            message = f"`{system.name}.{operation.name}` calls back, but `{system.name}` has no `callback_credentials`."
            hint = "Name the environment variable that holds its token."
            yield warning("missing_callback_credentials", ("systems", system.name), message, hint)


def limit_without_queue(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """A system with a rate or a concurrency has a task queue of its own, which alone can keep it."""
    for address in environment.systems:
        system = catalog.system(address.name)
        limits = {"rate": address.rate, "concurrency": address.concurrency}
        if system is None or system.own_queue:
            continue
        for name in (name for name, limit in limits.items() if limit is not None):
            message = f"`{name}` has no effect: the catalog gives `{system.name}` no task queue of its own."
            hint = f"Add `own_queue: true` to `{system.name}` in the catalog, or remove `{name}` here."
            yield warning("limit_without_queue", ("systems", system.name, name), message, hint)


def unknown_queue(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """Every queue that a fallout rule or a manual task names exists."""
    known = {each.name: None for each in environment.queues}
    for rule in environment.fallout_rules:
        if rule.queue is not None and rule.queue not in known:
            path = ("fallout_rules", rule.name, "queue")
            message = f"There is no queue `{rule.queue}`."
            yield error("unknown_queue", path, message, nearest(rule.queue, known, "Queues"))
    for group, step in every_step(catalog):
        if isinstance(step, ManualTask) and step.queue is not None and step.queue not in known:
            message = f"Step `{group.name}.{step.name}` waits in the queue `{step.queue}`, which does not exist here."
            yield error("unknown_queue", ("queues",), message, nearest(step.queue, known, "Queues"))


ENVIRONMENT_CHECKS = (
    missing_system,
    unused_address,
    missing_callback_credentials,
    limit_without_queue,
    unknown_queue,
    *PEOPLE_CHECKS,
    *FALLOUT_CHECKS,
    unknown_jeopardy_subject,
    jeopardy_tie,
)
"""Every check of an environment, in the order of the reference page."""
