"""Checks of an environment against the catalog that it serves (`domain.md` C8, C9, F1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error, in_order, nearest, warning
from catalog.environment import Environment, FalloutRule
from catalog.step_graph import every_step
from catalog.steps import Callout, ManualTask


def check_environment(environment: Environment, catalog: Catalog) -> tuple[Issue, ...]:
    """Return every problem of the environment for this catalog, ordered by path, errors and warnings."""
    return in_order(issue for check in ENVIRONMENT_CHECKS for issue in check(environment, catalog))


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


def unknown_fallout_subject(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The step, group, operation and system that a fallout rule names exist in the catalog."""
    known = {
        "step": {f"{group.name}.{step.name}": None for group, step in every_step(catalog)},
        "group": {each.name: None for each in catalog.step_groups},
        "operation": {f"{one.name}.{each.name}": None for one in catalog.systems for each in one.operations}
        | {f"functions.{each.name}": None for each in catalog.functions},
        "system": {each.name: None for each in catalog.systems} | ({"functions": None} if catalog.functions else {}),
    }
    for rule in environment.fallout_rules:
        for what, name in _subject(rule):
            if what in known and name not in known[what]:
                path = ("fallout_rules", rule.name, what)
                hint = nearest(name, known[what], f"{what.capitalize()}s")
                yield error("unknown_fallout_subject", path, f"The catalog has no {what} `{name}`.", hint)


def fallout_tie(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # a check like the others
    """No two fallout rules that may meet the same error are equally exact, so that only file order decides."""
    first: dict[object, FalloutRule] = {}
    for rule in environment.fallout_rules:
        # Whether two patterns have a code in common is not known; they are taken to.
        error_kind = "pattern" if rule.pattern is not None else rule.code
        other = first.setdefault((_subject(rule), error_kind, rule.pattern is not None, rule.priority), rule)
        if other is not rule:
            message = f"`{rule.name}` is as exact as `{other.name}`; the first in the file wins where both match."
            yield warning("fallout_tie", ("fallout_rules", rule.name), message, "Give one of them another `priority`.")


def shadowed_fallout_rule(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001  # as above
    """No fallout rule is always beaten by one that names the same and has a higher priority."""
    best: dict[object, FalloutRule] = {}
    for rule in environment.fallout_rules:
        key = (_subject(rule), rule.code, rule.pattern)
        if key not in best or rule.priority > best[key].priority:
            best[key] = rule
    for rule in environment.fallout_rules:
        winner = best[(_subject(rule), rule.code, rule.pattern)]
        if winner.priority > rule.priority:
            message = f"`{rule.name}` never applies: `{winner.name}` matches the same and has a higher priority."
            yield warning("shadowed_fallout_rule", ("fallout_rules", rule.name), message, "Remove one of the two.")


def _subject(rule: FalloutRule) -> tuple[tuple[str, str], ...]:
    return tuple(_subject_parts(rule))


def _subject_parts(rule: FalloutRule) -> Iterator[tuple[str, str]]:
    names = ("step", rule.step), ("group", rule.group), ("operation", rule.operation), ("system", rule.system)
    for what, name in (*names, ("type", rule.type)):
        if name is not None:
            yield what, str(name)


ENVIRONMENT_CHECKS = (
    missing_system,
    missing_callback_credentials,
    limit_without_queue,
    unknown_queue,
    unknown_fallout_subject,
    fallout_tie,
    shadowed_fallout_rule,
)
"""Every check of an environment, in the order of the reference page."""
