"""What a condition can come to, found by trying every case of what it reads: always true, always false, or open.

A part that is more than comparing paths with fixed values is left open, so that what is told of a condition holds for
all values: wherever it has a value at all, it has that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from types import MappingProxyType
from typing import TypeAlias

from catalog.expressions.compile import Closure, compiled
from catalog.expressions.errors import EvaluationError
from catalog.expressions.expression import Expression
from catalog.expressions.nodes import (
    Call,
    Comparison,
    Conditional,
    Field,
    Item,
    ListDisplay,
    Logic,
    Membership,
    Name,
    Node,
    Not,
    NullTest,
    Variable,
    path,
)
from catalog.expressions.representatives import OPAQUE, path_type, representatives
from catalog.expressions.runtime import Frame, Operand
from catalog.expressions.types import Scope

MOST_CASES = 2_000
"""So many cases are tried at most; a condition that has more is left open."""

MOST_STEPS = 1_000
"""So many steps a part may take in one case; one that takes more is left open, since there are many to look at."""

Case: TypeAlias = Mapping[str, Operand]
"""One value for each path."""

Outcome: TypeAlias = bool | None
"""What a condition gives in a case; None is open."""

Judge: TypeAlias = Callable[[Case], Outcome]


def constant(condition: Expression, scope: Scope) -> bool | None:
    """Return what the condition is for all values that `scope` allows; None where that depends, or nobody can tell."""
    found = dict.fromkeys(_outcomes((condition,), scope, alone=True))
    return next(iter(found)) if len(found) == 1 else None


def can_hold(conditions: Sequence[Expression], scope: Scope) -> bool:
    """Tell whether some values that `scope` allows surely make all these conditions true."""
    return True in _outcomes(conditions, scope, alone=False)


def _outcomes(conditions: Sequence[Expression], scope: Scope, *, alone: bool) -> tuple[Outcome, ...]:
    """Return what the conditions, joined by `and`, give in every case; open where the cases are too many.

    With `alone`, a path that stands in one leaf is tried for that leaf alone, which is open if it may be both: far
    fewer cases, that tell as well whether all of them agree.
    """
    leaves: list[_Leaf] = []
    judges = [_judge(each.tree, leaves) for each in conditions]
    domains = _domains(leaves, scope)
    shared = [name for name in domains if not alone or sum(name in leaf.paths for leaf in leaves) > 1]
    for leaf in leaves:
        leaf.cases = tuple(islice(_cases([each for each in leaf.paths if each not in shared], domains), MOST_CASES + 1))
    tried = tuple(islice(_cases(shared, domains), MOST_CASES + 1))
    if max(len(tried), *(len(leaf.cases) for leaf in leaves)) > MOST_CASES:
        return (None,)
    return tuple(_together([judge(case) for judge in judges], decisive=False) for case in tried)


def compared_paths(condition: Expression) -> tuple[str, ...]:
    """Return the paths that a condition compares with fixed values, each once."""
    leaves: list[_Leaf] = []
    _judge(condition.tree, leaves)
    return tuple(dict.fromkeys(name for leaf in leaves for name in leaf.paths))


@dataclass(slots=True)
class _Leaf:
    """A part of a condition without `and`, `or`, `not` and `if`; without `run` it is left open.

    `cases` has every case of those paths that stand in no other leaf: they are tried here alone.
    """

    run: Closure | None = None
    paths: dict[str, Node] = field(default_factory=dict)
    fixed: tuple[Operand, ...] = ()
    cases: tuple[Case, ...] = ()

    def judge(self, case: Case) -> Outcome:
        found = dict.fromkeys(self._tried({**case, **each}) for each in self.cases) if self.run else {}
        return next(iter(found)) if len(found) == 1 else None

    def _tried(self, case: Case) -> Outcome:
        found = _value(self.run, case) if self.run else OPAQUE
        return found if isinstance(found, bool) else None


def _judge(node: Node, leaves: list[_Leaf]) -> Judge:
    match node:
        case Not(value=value):
            return _negated(_judge(value, leaves))
        case Logic(word=word, operands=operands):
            parts, decisive = [_judge(each, leaves) for each in operands], word == "or"
            return lambda case: _together([part(case) for part in parts], decisive=decisive)
        case Conditional(test=test, then=then, otherwise=otherwise):
            return _chosen(*(_judge(each, leaves) for each in (test, then, otherwise)))
        case _:
            leaves.append(_leaf(node))
            return leaves[-1].judge


def _negated(judge: Judge) -> Judge:
    def negated(case: Case) -> Outcome:
        found = judge(case)
        return None if found is None else not found

    return negated


def _chosen(test: Judge, then: Judge, otherwise: Judge) -> Judge:
    def chosen(case: Case) -> Outcome:
        found = test(case)
        if found is not None:
            return then(case) if found else otherwise(case)
        one, other = then(case), otherwise(case)
        return one if one is other else None

    return chosen


def _together(found: Sequence[Outcome], *, decisive: bool) -> Outcome:
    """Return the `or` (decisive: true) or `and` (decisive: false) of outcomes; an open one leaves it to the others."""
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _leaf(node: Node) -> _Leaf:
    """Return a part with its paths put in as variables; it stays open unless it compares one thing with fixed ones."""
    operands = tuple(_operand(each) for each in _operands(node))
    if None in operands:
        return _Leaf()
    known = [each for each in operands if each is not None]
    paths = {name: read for each in known for name, read in each.paths.items()}
    if len(paths) > 1 and sum(bool(each.paths) for each in known) > 1:
        return _Leaf()  # two paths compared with each other
    run = compiled(_with_operands(node, tuple(each.node for each in known)))
    return _Leaf(run, paths, tuple(value for each in known for value in each.fixed))


@dataclass(frozen=True, slots=True)
class _Operand:
    """One side of a comparison: its paths as variables, and the fixed values in it."""

    node: Node
    paths: dict[str, Node]
    fixed: tuple[Operand, ...]


def _operand(node: Node) -> _Operand | None:
    """Return a path, a fixed value, or a choice of both by `coalesce`; None for anything else."""
    if (name := path(node)) is not None and _begins_at_a_name(node):
        return _Operand(Variable(node.column, node.end, name), {name: node}, ())
    if isinstance(node, Call) and node.function == "coalesce":
        parts = [each for argument in node.arguments if (each := _operand(argument)) is not None]
        if len(parts) == len(node.arguments):
            paths = {name: read for each in parts for name, read in each.paths.items()}
            inner = replace(node, arguments=tuple(each.node for each in parts))
            return _Operand(inner, paths, tuple(value for each in parts for value in each.fixed))
        return None
    found = _value(compiled(node), MappingProxyType({}))
    return None if found is OPAQUE else _Operand(node, {}, (found,))


def _operands(node: Node) -> tuple[Node, ...]:
    match node:
        case Comparison(operands=operands):
            return operands
        case NullTest(value=value):
            return (value,)
        case Membership(value=value, container=ListDisplay(items=items)):
            return (value, *items)
        case _:
            return (node,)


def _with_operands(node: Node, operands: tuple[Node, ...]) -> Node:
    match node:
        case Comparison():
            return replace(node, operands=operands)
        case NullTest():
            return replace(node, value=operands[0])
        case Membership(container=ListDisplay() as container):
            return replace(node, value=operands[0], container=replace(container, items=operands[1:]))
        case _:
            return operands[0]


def _begins_at_a_name(node: Node) -> bool:
    while isinstance(node, Field | Item):
        node = node.base
    return isinstance(node, Name)


def _value(run: Closure, case: Case) -> Operand:
    """Return what a part gives in a case; where it has no value, that nothing is known of it."""
    frame = Frame({}, {})
    frame.steps = MOST_STEPS
    frame.variables.update(case)
    try:
        return run(frame)
    except EvaluationError:
        return OPAQUE


def _domains(leaves: Sequence[_Leaf], scope: Scope) -> dict[str, tuple[Operand, ...]]:
    """Return the values that stand for all that each path may have."""
    fixed: dict[str, list[Operand]] = {}
    nodes: dict[str, Node] = {}
    for leaf in leaves:
        for name, node in leaf.paths.items():
            nodes[name] = node
            fixed.setdefault(name, []).extend(leaf.fixed)
    return {name: representatives(path_type(node, scope), fixed[name]) for name, node in nodes.items()}


def _cases(names: Sequence[str], domains: Mapping[str, Sequence[Operand]]) -> Iterator[Case]:
    return (dict(zip(names, values, strict=True)) for values in product(*(domains[name] for name in names)))
