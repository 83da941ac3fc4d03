"""Checks of cycles: what is built from parts, and what waits for something, comes to an end (`domain.md` C10, P3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from catalog.base import Issue, Path
from catalog.catalog import Catalog
from catalog.checks.issues import error
from catalog.checks.names import step_path
from catalog.reach import Reach
from catalog.step_graph import StepGraph

Edges = Mapping[str, Sequence[str]]
"""What each node leads to; a node that is no key leads nowhere."""


def cycles_in(edges: Edges) -> Iterator[tuple[str, ...]]:
    """Yield the cycles that a walk in depth meets, each as its nodes from first back to first."""
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        at: dict[str, int] = {start: 0}
        waiting = [iter(edges[start])]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                done.add(at.popitem()[0])
            elif step in at:
                yield (*tuple(at)[at[step] :], step)
            elif step not in done and step in edges:
                at[step] = len(at)
                waiting.append(iter(edges[step]))


def way(cycle: Sequence[str]) -> str:
    """Return the nodes of a cycle for a message."""
    return " → ".join(f"`{each}`" for each in cycle)


def classification_cycle(catalog: Catalog) -> Iterable[Issue]:
    """Classifications form a tree: none is its own ancestor."""
    edges = {each.code: (each.parent,) for each in catalog.classifications if each.parent is not None}
    for cycle in cycles_in(edges):
        path: Path = ("classifications", cycle[0], "parent")
        yield error("classification_cycle", path, f"A classification is its own ancestor: {way(cycle)}.", _CUT)


def bundle_cycle(catalog: Catalog) -> Iterable[Issue]:
    """No bundle contains itself, directly or through its components."""
    edges = {
        each.code: {component.default_product or component.product: component.product for component in each.components}
        for each in catalog.products
    }
    for cycle in cycles_in({bundle: tuple(parts) for bundle, parts in edges.items()}):
        path: Path = ("products", cycle[0], "components", edges[cycle[0]][cycle[1]])
        yield error("bundle_cycle", path, f"A bundle contains itself: {way(cycle)}.", _CUT)


def parent_cycle(catalog: Catalog) -> Iterable[Issue]:
    """No technical product is kept under itself."""
    edges = {each.code: (each.parent,) for each in catalog.technical_products if each.parent is not None}
    for cycle in cycles_in(edges):
        path: Path = ("technical_products", cycle[0], "parent")
        yield error("parent_cycle", path, f"A technical product is kept under itself: {way(cycle)}.", _CUT)


def rule_cycle(catalog: Catalog) -> Iterable[Issue]:
    """No technical product decomposes into itself, directly or through other rules."""
    reach = Reach(catalog)
    edges: dict[str, dict[str, str]] = {}
    for rule in catalog.decomposition_rules:
        for source in reach.sources(rule):
            edges.setdefault(source, {}).setdefault(rule.target, rule.code)
    for cycle in cycles_in({source: tuple(targets) for source, targets in edges.items()}):
        path: Path = ("decomposition_rules", edges[cycle[-2]][cycle[-1]], "target")
        message = f"Decomposition never ends: {way(cycle)}."
        yield error("rule_cycle", path, message, "Change the target of one of these rules.")


def step_cycle(catalog: Catalog) -> Iterable[Issue]:
    """No step waits for itself, directly or through steps of any group."""
    before = StepGraph(catalog).before
    for cycle in cycles_in({step: [each.prerequisite for each in found] for step, found in before.items()}):
        position = next(each.position for each in before[cycle[0]] if each.prerequisite == cycle[1])
        path = (*step_path(cycle[0]), "after", position, "step")
        yield error(
            "step_cycle", path, f"Steps wait for each other: {way(cycle)}.", "Remove one of these dependencies."
        )


_CUT = "Cut it at one of these places."
