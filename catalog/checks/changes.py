"""Checks of what steps declare about changes of orders under way: undoing, amending, doing anew (`domain.md` A1-A3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.changes import AmendKind, Denied, Reach
from catalog.checks.cycles import cycles_in, way
from catalog.checks.issues import error, warning
from catalog.checks.names import step_path
from catalog.origins import Origins
from catalog.products import ScopeKind
from catalog.rules import Scenario
from catalog.step_graph import StepGraph, every_step
from catalog.steps import Callout, StepDefinition, StepGroup, groups_for_changes
from catalog.systems import Method
from catalog.words import listed


def undoing_in_plan(catalog: Catalog) -> Iterable[Issue]:
    """A group that steps name for changes is brought in by no scenario, and is no alternative."""
    named_by = StepGraph(catalog).named_by
    for scenario in catalog.scenarios:
        if scenario.group in named_by:
            message = f"`{scenario.group}` is there for changes of {listed(named_by[scenario.group])}, "
            message += "so no scenario brings it in."
            hint = "Name another group here, or one of its own there."
            yield error("undoing_in_plan", ("scenarios", scenario.code, "group"), message, hint)
    for group in catalog.step_groups:
        if group.alternative and group.name in named_by:
            message = f"`{group.name}` is there for changes of {listed(named_by[group.name])}, so it is no alternative."
            hint = "Leave `alternative` out, or name a group of its own there."
            yield error("undoing_in_plan", ("step_groups", group.name, "alternative"), message, hint)


def undo_circle(catalog: Catalog) -> Iterable[Issue]:
    """No group undoes itself or makes up for itself, directly or through other groups."""
    named: dict[str, dict[str, Path]] = {}
    for group, step, key, name in _named(catalog):
        named.setdefault(group.name, {}).setdefault(name, (*step_path(f"{group.name}.{step.name}"), *key))
    for circle in cycles_in({group: tuple(found) for group, found in named.items()}):
        message = f"Groups undo each other without end: {way(circle)}."
        hint = "Name a group of its own in one of these places, or nothing."
        yield error("undo_circle", named[circle[0]][circle[1]], message, hint)


def undo_dependency(catalog: Catalog) -> Iterable[Issue]:
    """Steps of a group that steps name for changes wait for none of another group, and none of those waits for them."""
    graph = StepGraph(catalog)
    for dependencies in graph.before.values():
        for each in dependencies:
            group, other = (name.partition(".")[0] for name in (each.step, each.prerequisite))
            named = next((name for name in (group, other) if name in graph.named_by), None)
            if group != other and named is not None and each.prerequisite in graph.steps:
                message = f"`{each.step}` never waits for `{each.prerequisite}`: `{named}` is there for one step at a "
                message += "time, and its steps depend on that one and on each other."
                path = (*step_path(each.step), "after", each.position, "step")
                yield error("undo_dependency", path, message, "Remove it.")


def undo_without_lines(catalog: Catalog) -> Iterable[Issue]:
    """What undoes a step for the order as a whole, or makes up for its change, has steps for the plan alone."""
    scenarios: dict[str, list[Scenario]] = {}
    for scenario in catalog.scenarios:
        scenarios.setdefault(scenario.group, []).append(scenario)
    for group, step, key, name in _named(catalog):
        found, named = scenarios.get(group.name, []), catalog.group(name)
        if named is None or not found or not all(_is_for_orders(each) for each in found):
            continue
        narrow = [f"{name}.{each.name}" for each in named.steps if each.scope.kind is not ScopeKind.PLAN]
        if narrow:
            message = f"`{group.name}.{step.name}` is for the order as a whole and gives {listed(narrow)} no lines."
            path = (*step_path(f"{group.name}.{step.name}"), *key)
            yield error("undo_without_lines", path, message, "Give the steps of that group the scope `plan`.")


def _is_for_orders(scenario: Scenario) -> bool:
    return scenario.product is None and scenario.classification is None


def idle_undoing(catalog: Catalog) -> Iterable[Issue]:
    """What undoes a step is never undone or amended itself, and what makes up for a change is not amended itself."""
    undoing = {step.on_cancel for _, step in every_step(catalog)}
    named_by = StepGraph(catalog).named_by
    mending = {step.on_amend.group for _, step in every_step(catalog) if step.on_amend}
    for group, step in every_step(catalog):
        if group.name in named_by:
            for key in _idle(step, undone=group.name in undoing and group.name not in mending):
                message = f"`{'.'.join(str(part) for part in key)}` means nothing here: `{group.name}` is there for "
                message += f"changes of {listed(named_by[group.name])}."
                path = (*step_path(f"{group.name}.{step.name}"), *key)
                yield warning("idle_undoing", path, message, "Leave it out.")


def _idle(step: StepDefinition, undone: bool) -> Iterator[Path]:
    if undone and step.on_cancel is not None:
        yield ("on_cancel",)
    if step.on_amend is not None:
        yield ("on_amend",)
    for position, each in enumerate(step.after):
        if each.propagates:
            yield ("after", position, "propagates")


def redone_without_undoing(catalog: Catalog) -> Iterable[Issue]:
    """A callout that is done anew after changes has a group that undoes it first."""
    for group, step in _callouts(catalog):
        key = _redone(step)
        if key and step.on_cancel is None:
            message = f"`{group.name}.{step.name}` is done anew after a change, and what it did before stays."
            hint = "Name a group that undoes it as `on_cancel`."
            yield warning("redone_without_undoing", (*step_path(f"{group.name}.{step.name}"), *key), message, hint)


def _redone(step: StepDefinition) -> Path:
    """Return the key that has a step done anew; empty if none does."""
    if step.on_amend is not None and step.on_amend.kind is AmendKind.REDO:
        return ("on_amend",)
    propagates = (position for position, each in enumerate(step.after) if each.propagates)
    return next((("after", position, "propagates") for position in propagates), ())


def lasting_callout(catalog: Catalog) -> Iterable[Issue]:
    """Where any step can be undone, every callout that changes something can be, or denies to be cancelled."""
    if all(step.on_cancel is None for _, step in every_step(catalog)):
        return
    for group, step in _callouts(catalog):
        point = step.point_of_no_return
        denies = point is not None and point.deny is not Denied.AMEND
        if step.on_cancel is None and not denies and not _redone(step):
            message = f"Nothing undoes `{group.name}.{step.name}` when its lines are cancelled."
            hint = "Name a group as `on_cancel`; or deny it with `point_of_no_return`; or say under `ignored_checks` "
            hint += "why what it did may stay."
            yield warning("lasting_callout", step_path(f"{group.name}.{step.name}"), message, hint)


def _callouts(catalog: Catalog) -> Iterator[tuple[StepGroup, Callout]]:
    """Yield the callouts that change something, but for those that undo others."""
    undoing = {step.on_cancel for _, step in every_step(catalog)}
    for group, step in every_step(catalog):
        operation = catalog.operation(step.operation) if isinstance(step, Callout) else None
        changes = operation is not None and operation.method is not Method.GET
        if isinstance(step, Callout) and changes and group.name not in undoing:
            yield group, step


def idle_reach(catalog: Catalog) -> Iterable[Issue]:
    """A point of no return over bundles is of a step whose lines can be in one."""
    origins = Origins(catalog)
    for group, step in every_step(catalog):
        point = step.point_of_no_return
        if point is None or point.over is not Reach.BUNDLE or not origins.has(group.name):
            continue
        products = origins.of(group.name) or {}
        bundles = [each for each in origins.with_bundles(products) if each not in products or _is_bundle(catalog, each)]
        if products and not bundles:
            path = (*step_path(f"{group.name}.{step.name}"), "point_of_no_return", "over")
            message = f"No line of `{group.name}.{step.name}` is in a bundle, so its own lines alone are meant."
            yield warning("idle_reach", path, message, "Write `over: line`, or leave it out.")


def _is_bundle(catalog: Catalog, code: str) -> bool:
    product = catalog.commercial(code)
    return product is not None and bool(product.components)


def _named(catalog: Catalog) -> Iterator[tuple[StepGroup, StepDefinition, Path, str]]:
    """Yield every step that names a group for changes, with its own group, the key, and the name."""
    for group, step in every_step(catalog):
        for key, name in groups_for_changes(step).items():
            yield group, step, key, name
