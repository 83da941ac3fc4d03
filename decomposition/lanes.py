"""Step groups as lanes: their steps and dependencies as declared, by the catalog alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.base import Name, Path
from catalog.catalog import Catalog
from catalog.changes import AmendKind, Denied, Reach
from catalog.expressions.spoken import in_words
from catalog.products import ScopeKind
from catalog.step_graph import Before, StepGraph, every_step
from catalog.steps import (
    AutoTask,
    Callout,
    Dependency,
    PairKind,
    StepDefinition,
    StepGroup,
    Unpaired,
    groups_for_changes,
)
from decomposition.clock import lag_of
from decomposition.drawing import Node, drawn
from decomposition.graphs import Arrow, Box, Frame, Graph
from decomposition.wording import delay


def lanes(catalog: Catalog, groups: Sequence[Name] | None = None) -> Graph:
    """Return the step groups as frames, with an arrow from each step to those that wait for it.

    `groups` names those to draw, else all, with what undoes their steps; what a step waits for in another group is then
    left out.
    """
    shown = _shown(catalog, groups)
    ids: dict[str, str] = {}
    for group in shown:
        for step in group.steps:
            ids[f"{group.name}.{step.name}"] = f"s{len(ids)}"
    frames = (
        Frame(
            title=f"{_titled(group)}{_kind(catalog, group)}",
            boxes=tuple(
                Box(id=ids[f"{group.name}.{step.name}"], texts=tuple(_texts(group, step))) for step in group.steps
            ),
        )
        for group in shown
    )
    before = StepGraph(catalog).before
    arrows = (
        Arrow(tail=ids[each.prerequisite], head=name, label=", ".join(_how(each.declared)))
        for step, name in ids.items()
        for each in before[step]
        if each.prerequisite in ids
    )
    return Graph(title=catalog.name or "Lanes", frames=tuple(frames), arrows=tuple(arrows))


def lanes_tree(catalog: Catalog, groups: Sequence[Name] | None = None) -> str:
    """Return the same as text: lanes, their steps, and what each waits for, also in groups that are not drawn."""
    before = StepGraph(catalog).before
    trees = []
    for group in _shown(catalog, groups):
        steps = [_branch(group, step, before[f"{group.name}.{step.name}"]) for step in group.steps]
        trees.append("\n".join(drawn(Node(f"{_titled(group)} (`{group.name}`){_kind(catalog, group)}", steps))))
    return "\n\n".join(trees) + "\n"


def _shown(catalog: Catalog, groups: Sequence[Name] | None) -> list[StepGroup]:
    if groups is None:
        return list(catalog.step_groups)
    shown = list(dict.fromkeys(groups))
    for name in shown:
        group = catalog.group(name)
        named = (each for step in (group.steps if group else ()) for each in groups_for_changes(step).values())
        # The loop goes on with what is added here.
        shown += [each for each in dict.fromkeys(named) if each not in shown]
    return [each for each in catalog.step_groups if each.name in shown]


def _titled(group: StepGroup) -> str:
    return group.title or group.name


def _kind(catalog: Catalog, group: StepGroup) -> str:
    if group.alternative:
        return ", in place of a step that failed"
    uses = dict.fromkeys(key[0] for _, step in every_step(catalog) for key in _keys(step, group.name))
    return f", {' and '.join(_FOR[str(each)] for each in uses)}" if uses else ""


def _keys(step: StepDefinition, group: Name) -> list[Path]:
    return [key for key, name in groups_for_changes(step).items() if name == group]


_FOR = {"on_cancel": "to undo a step", "on_amend": "to make up for a change"}
"""What a group is there for, by the key at which a step names it."""


def _branch(group: StepGroup, step: StepDefinition, before: Sequence[Before]) -> Node:
    title, name, *about = _texts(group, step)
    waits = [Node(f"after `{each.prerequisite}`{_aside(each.declared)}") for each in before]
    return Node(f"{title} (`{name}`): {', '.join(about)}", waits)


def _aside(declared: Dependency) -> str:
    return f", {said}" if (said := ", ".join(_how(declared))) else ""


def _texts(group: StepGroup, step: StepDefinition) -> Iterator[str]:
    """Yield title and name of a step, what it does, how often, and when."""
    yield step.title or step.name
    yield f"{group.name}.{step.name}"
    match step:
        case Callout(operation=operation):
            yield f"callout of {operation}"
        case AutoTask(function=function):
            yield f"computes {function}"
        case _:
            yield step.type.value.replace("_", " ")
    if step.scope.kind is not ScopeKind.PLAN:
        yield f"for each {step.scope.by if step.scope.kind is ScopeKind.BY else step.scope.kind.value}"
    if step.when is not None:
        yield f"when {in_words(step.when)}"
    yield from _changes(step)


def _changes(step: StepDefinition) -> Iterator[str]:
    """Yield what changes of orders under way mean for a step that has begun."""
    if step.on_cancel is not None:
        yield f"undone by {step.on_cancel}"
    if step.on_amend is not None:
        yield _AMENDED[step.on_amend.kind].format(group=step.on_amend.group)
    if (point := step.point_of_no_return) is not None:
        denied = "amend or cancel" if point.deny is Denied.BOTH else point.deny.value
        yield f"from its start on no {denied} of its {'bundles' if point.over is Reach.BUNDLE else 'lines'}"


_AMENDED = {
    AmendKind.IGNORE: "left as it is when amended",
    AmendKind.REDO: "done anew when amended",
    AmendKind.GROUP: "made up for by {group} when amended",
}


def _how(declared: Dependency) -> Iterator[str]:
    """Yield what is not as usual about a dependency."""
    if declared.pair.kind is PairKind.BY:
        yield f"of the same {declared.pair.by}"
    elif declared.pair.kind is PairKind.ALL:
        yield "all of them"
    elif declared.pair.kind is not PairKind.ORIGIN:
        yield f"of the same {declared.pair.kind.value}"
    if declared.required:
        yield "required"
    if declared.unpaired is Unpaired.START:
        yield "if there is one for it"
    if lag := delay(lag_of(declared.lag, declared.calendar)):
        yield f"and {lag} more"
    if declared.propagates:
        yield "done anew with it"
