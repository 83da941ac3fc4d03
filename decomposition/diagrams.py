"""A plan as a diagram for other programs: Mermaid and DOT, lanes as frames; deterministic (`domain.md` P7).

Nodes are numbered, so that ids of any content do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator

from decomposition import graphs
from decomposition.graphs import Arrow, Box, Frame, Graph
from decomposition.model import OrderPlan, Step
from decomposition.wording import delay, moment


def mermaid(plan: OrderPlan) -> str:
    """Return a Mermaid flowchart: a subgraph for each lane, critical steps framed thick."""
    return graphs.mermaid(graph_of(plan))


def dot(plan: OrderPlan) -> str:
    """Return a DOT digraph: a cluster for each lane, critical steps framed thick."""
    return graphs.dot(graph_of(plan))


def graph_of(plan: OrderPlan) -> Graph:
    """Return the steps of a plan in their lanes, with an arrow from each to those that wait for it."""
    nodes = {step.id: f"s{position}" for position, step in enumerate(plan.steps)}
    titles = {each.group: each.group_title for each in plan.definitions}
    lanes: dict[str, list[Box]] = {}
    for step in plan.steps:
        box = Box(id=nodes[step.id], texts=tuple(_texts(plan, step)), thick=step.critical)
        lanes.setdefault(step.group, []).append(box)
    arrows = (
        Arrow(tail=nodes[each.step], head=nodes[step.id], label=delay(each))
        for step in plan.steps
        for each in plan.waits(step)
    )
    return Graph(
        title=plan.order.number,
        frames=tuple(Frame(title=titles[group], boxes=tuple(boxes)) for group, boxes in lanes.items()),
        arrows=tuple(arrows),
    )


def _texts(plan: OrderPlan, step: Step) -> Iterator[str]:
    """Yield what stands in the box of a step: title, id, times."""
    yield plan.definition_of(step).title
    yield step.id
    if step.planned_start is not None:
        yield f"{moment(step.planned_start)} → {moment(step.planned_end)}"
