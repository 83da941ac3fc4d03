"""Checks of steps that never meet: dependencies that no order satisfies, steps out of reach (`domain.md` P2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.conditions import never_holds
from catalog.checks.issues import error, warning
from catalog.checks.names import step_path
from catalog.origins import Origins
from catalog.reach import Reach
from catalog.step_graph import Before, StepGraph, every_step
from catalog.steps import PairKind, Unpaired


def unmet_requirement(catalog: Catalog) -> Iterable[Issue]:
    """A step that must be in the plan before another is of a group that a scenario brings in."""
    origins = Origins(catalog)
    for each, group, other in _across(catalog):
        if each.declared.required and origins.has(group) and not origins.has(other):
            message = f"`{each.step}` requires `{each.prerequisite}`, but no scenario brings in `{other}`: "
            message += "every order with this step is refused."
            hint = f"Add a scenario for `{other}`, or leave `required` out."
            yield error("unmet_requirement", _path(each, "required"), message, hint)


def unpaired_dependency(catalog: Catalog) -> Iterable[Issue]:
    """A step and its prerequisite of another group can come from lines that pair."""
    origins = Origins(catalog)
    for each, group, other in _across(catalog):
        refuses = each.declared.unpaired is Unpaired.REFUSE
        if refuses and origins.has(group) and origins.has(other) and not _may_pair(each, group, other, origins):
            message = f"`{each.step}` never pairs with `{each.prerequisite}` by {each.declared.pair.kind.value}: "
            message += f"no line of `{group}` is a line of `{other}`, or above or below one. "
            message += "An order with both steps is refused."
            hint = "Write `pair: all`, or `unpaired: start`, or remove the dependency."
            yield error("unpaired_dependency", _path(each, "step"), message, hint)


def _across(catalog: Catalog) -> Iterator[tuple[Before, str, str]]:
    """Yield the dependencies between two groups, with both: no alternatives, nor groups for changes."""
    graph = StepGraph(catalog)
    lanes = {each.name for each in catalog.step_groups if not each.alternative and each.name not in graph.named_by}
    for dependencies in graph.before.values():
        for each in dependencies:
            group, other = (name.partition(".")[0] for name in (each.step, each.prerequisite))
            if group != other and group in lanes and other in lanes and each.prerequisite in graph.steps:
                yield each, group, other


def _may_pair(each: Before, group: str, other: str, origins: Origins) -> bool:
    ours, theirs = origins.of(group), origins.of(other)
    # Lines of any product; or of none that is known, which other checks tell.
    if not ours or not theirs or each.declared.pair.kind in (PairKind.ALL, PairKind.BY):
        return True
    if each.declared.pair.kind is PairKind.LINE:
        return not ours.keys().isdisjoint(theirs)
    above_ours, above_theirs = origins.with_bundles(ours), origins.with_bundles(theirs)
    if each.declared.pair.kind is PairKind.BUNDLE:
        return not above_ours.keys().isdisjoint(above_theirs)
    return not above_ours.keys().isdisjoint(theirs) or not above_theirs.keys().isdisjoint(ours)


def unreachable_step(catalog: Catalog) -> Iterable[Issue]:
    """No step lies only behind steps whose branch is always skipped."""
    graph, reach = StepGraph(catalog), Reach(catalog)
    dead: dict[str, str] = {}
    for group, step in every_step(catalog):
        if (
            step.skip_branch
            and step.when is not None
            and never_holds(step.when, reach.step(group.name, step, step.when))
        ):
            dead[f"{group.name}.{step.name}"] = f"{group.name}.{step.name}"
    for name, first in _behind(dead, graph):
        message = f"`{name}` is never reached: it comes after `{first}` alone, whose branch is always skipped."
        hint = f"Change `when` or `skip_branch` of `{first}`, or remove the step."
        yield warning("unreachable_step", step_path(name), message, hint)


def _behind(dead: dict[str, str], graph: StepGraph) -> Iterator[tuple[str, str]]:
    """Yield the steps that wait for dead ones alone, with the first one of the branch; `dead` grows by them."""
    followers: dict[str, list[str]] = {}
    for name, dependencies in graph.before.items():
        for each in dependencies:
            followers.setdefault(each.prerequisite, []).append(name)
    waiting = list(dead)
    while waiting:
        at = waiting.pop()
        for name in followers.get(at, ()):
            if name not in dead and _is_dead(graph.before[name], dead):
                dead[name] = dead[at]
                waiting.append(name)
                yield name, dead[at]


def _is_dead(dependencies: tuple[Before, ...], dead: dict[str, str]) -> bool:
    """Tell whether all prerequisites are dead, and one of them is in every plan that has the step."""
    certain = [each.declared.required or _same_group(each) for each in dependencies if each.prerequisite in dead]
    return len(certain) == len(dependencies) and any(certain)


def _same_group(each: Before) -> bool:
    return each.step.partition(".")[0] == each.prerequisite.partition(".")[0]


def _path(each: Before, key: str) -> Path:
    return (*step_path(each.step), "after", each.position, key)
