"""Bubbling: what happens to the parts of a bundle happens to the bundle (`domain.md` D5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.rules import LineAction
from decomposition.lines import Line, LineId


def bubbled(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines; a cancelled one with a living child and an unchanged one with a changed child amend."""
    known = {line.id: line for line in lines}
    for line in sorted(lines, key=lambda each: -_depth(each, known)):
        parent = known.get(line.parent) if line.parent is not None else None
        if parent is not None and _amends(parent, known[line.id]):
            known[parent.id] = parent.model_copy(update={"action": LineAction.AMEND})
    return tuple(known[line.id] for line in lines)


def _amends(parent: Line, child: Line) -> bool:
    if parent.action is LineAction.CANCEL:
        return child.action is not LineAction.CANCEL and not _lives_by_others(parent, child)
    return parent.action is LineAction.NO_CHANGE and child.action is not LineAction.NO_CHANGE


def _lives_by_others(parent: Line, child: Line) -> bool:
    """Tell whether a child that came from its parent now comes from others alone: they share it, and keep it."""
    given = [each.action for each in child.sources if each.line == parent.id]
    return bool(given) and all(each is LineAction.CANCEL for each in given)


def _depth(line: Line, known: dict[LineId, Line]) -> int:
    depth, at = 0, line.parent
    while at is not None and at in known:
        depth, at = depth + 1, known[at].parent
    return depth


def agreed_action(actions: Iterable[LineAction]) -> LineAction:
    """Return the action of what several lines share and nobody keeps: the one they have, else the liveliest."""
    present = frozenset(actions)
    return next(each for each in _LIVELY if each in present)


_LIVELY = (LineAction.ADD, LineAction.AMEND, LineAction.RENEW, LineAction.CANCEL, LineAction.NO_CHANGE)
