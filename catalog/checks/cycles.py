"""Checks of cycles: what is built from parts, and what waits for something, comes to an end (`domain.md` C10, P3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from catalog.base import Issue, Path
from catalog.catalog import DEEPEST, Catalog
from catalog.checks.issues import error
from catalog.checks.names import step_path
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


def classification_depth(catalog: Catalog) -> Iterable[Issue]:
    """A tree of classifications has at most 32 levels."""
    for each in catalog.classifications:
        above = tuple(catalog.lineage(each.code))
        last = above[-1].parent
        if len(above) == DEEPEST and last is not None and catalog.classification(last) not in (None, *above):
            path: Path = ("classifications", each.code, "parent")
            message = f"`{each.code}` has {DEEPEST} classifications above it or more."
            yield error("classification_depth", path, message, f"A tree has at most {DEEPEST} levels: flatten it.")


def rule_cycle(catalog: Catalog) -> Iterable[Issue]:
    """No technical product decomposes into itself, directly or through other rules."""
    rules: dict[str, dict[str, str]] = {}
    for rule in catalog.decomposition_rules:
        source = rule.product or f"{_CLASS}{rule.classification}"
        rules.setdefault(source, {}).setdefault(rule.target, rule.code)
    # A rule of a classification stands once, however many products it is for.
    edges = {source: tuple(targets) for source, targets in rules.items()}
    for product in catalog.technical_products:
        classes = (f"{_CLASS}{each}" for each in catalog.classes_of(product))
        edges[product.code] = (*edges.get(product.code, ()), *(each for each in classes if each in rules))
    for cycle in cycles_in(edges):
        hops = {target: rules.get(source, {}).get(target) for source, target in pairwise(cycle)}
        products = [each for each in cycle[1:] if not each.startswith(_CLASS)]
        ring = (products[-1], *products)
        message = f"Decomposition never ends: {way(ring)}."
        path: Path = ("decomposition_rules", hops[ring[-1]] or "", "target")
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


_CLASS = "of class "
"""Begins a node that stands for all rules of a classification; no code has blanks."""
_CUT = "Cut it at one of these places."
