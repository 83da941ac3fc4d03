"""A plan as a diagram for other programs: Mermaid and DOT, lanes as frames; deterministic (`domain.md` P7).

Nodes are numbered, so that ids of any content do no harm; texts are escaped for each language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from decomposition.model import OrderPlan, Step
from decomposition.wording import duration, moment, one_line

_PLAIN = frozenset(" .,:-_/+=@~→'")
"""Characters besides letters and digits that mean nothing to Mermaid inside quotes."""


def mermaid(plan: OrderPlan) -> str:
    """Return a Mermaid flowchart: a subgraph for each lane, critical steps framed thick."""
    nodes = _nodes(plan)
    lines = ["flowchart LR"]
    for position, (title, steps) in enumerate(_lanes(plan)):
        lines.append(f'  subgraph lane{position}["{_mermaid(title)}"]')
        for step in steps:
            text = "<br/>".join(_mermaid(each) for each in _texts(plan, step))
            lines.append(f'    {nodes[step.id]}["{text}"]')
        lines.append("  end")
    for before, after, lag in _edges(plan):
        label = f'|"{_mermaid(duration(lag))}"|' if lag else ""
        lines.append(f"  {nodes[before]} -->{label} {nodes[after]}")
    if critical := [nodes[each.id] for each in plan.steps if each.critical]:
        lines += ["  classDef critical stroke-width:3px", f"  class {','.join(critical)} critical"]
    return "\n".join(lines) + "\n"


def dot(plan: OrderPlan) -> str:
    """Return a DOT digraph: a cluster for each lane, critical steps framed thick."""
    nodes = _nodes(plan)
    lines = [f'digraph "{_dot(plan.order.number)}" {{', "  rankdir=LR", "  node [shape=box]"]
    for position, (title, steps) in enumerate(_lanes(plan)):
        lines += [f"  subgraph cluster_{position} {{", f'    label="{_dot(title)}"']
        for step in steps:
            text = "\\n".join(_dot(each) for each in _texts(plan, step))
            thick = ", penwidth=3" if step.critical else ""
            lines.append(f'    {nodes[step.id]} [label="{text}"{thick}]')
        lines.append("  }")
    for before, after, lag in _edges(plan):
        label = f' [label="{_dot(duration(lag))}"]' if lag else ""
        lines.append(f"  {nodes[before]} -> {nodes[after]}{label}")
    return "\n".join([*lines, "}"]) + "\n"


def _nodes(plan: OrderPlan) -> dict[str, str]:
    return {step.id: f"s{position}" for position, step in enumerate(plan.steps)}


def _lanes(plan: OrderPlan) -> Iterator[tuple[str, Sequence[Step]]]:
    """Yield the title of each lane with its steps."""
    steps: dict[str, list[Step]] = {}
    for step in plan.steps:
        steps.setdefault(step.group, []).append(step)
    titles = {each.group: each.group_title for each in plan.definitions}
    for group, found in steps.items():
        yield titles[group], found


def _edges(plan: OrderPlan) -> Iterator[tuple[str, str, timedelta]]:
    for step in plan.steps:
        for each in plan.waits(step):
            yield each.step, step.id, each.lag


def _texts(plan: OrderPlan, step: Step) -> Iterator[str]:
    """Yield what stands in the box of a step: title, id, times."""
    yield plan.definition_of(step).title
    yield step.id
    if step.planned_start is not None:
        yield f"{moment(step.planned_start)} → {moment(step.planned_end)}"


def _mermaid(text: str) -> str:
    """Return the text with everything that might mean something to Mermaid as an entity, `#35;`."""
    return "".join(each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in one_line(text))


def _dot(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
