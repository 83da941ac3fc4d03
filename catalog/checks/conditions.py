"""Checks of conditions: what is asked can be answered both ways (`domain.md` C10)."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import warning
from catalog.checks.written import Written, every_expression
from catalog.expressions import BOOLEAN, ExpressionError, Scope, check, constant, parse
from catalog.reach import Reach

_MEANINGS = {
    ("when", True): ("is always true, so nothing depends on it", "Leave it out, or change it."),
    ("when", False): ("is never true, so this never applies", "Change it, or remove what it guards."),
    ("until", True): ("is always true, so the pause never waits", "Change it, or remove the pause."),
    ("until", False): ("is never true, so the pause never ends", "Change it."),
    ("success", False): ("is never true, so every answer counts as a failure", "Change it."),
}
"""What it means that the condition under this key always comes to this; the rest may be meant so."""


def constant_condition(catalog: Catalog) -> Iterable[Issue]:
    """No condition is always true or always false, whatever the values that it reads."""
    for written in every_expression(catalog, Reach(catalog)):
        if written.expected == BOOLEAN and (found := _said(written)):
            meaning, hint = found
            shown = " ".join(written.source.split())
            yield warning("constant_condition", written.path, f"`{shown}` {meaning}.", hint)


def _said(written: Written) -> tuple[str, str] | None:
    outcome = _constant(written.source, written.scope)
    if outcome is None or check(parse(written.source), written.scope, written.expected).issues:
        return None  # a condition that is wrong is told as such
    return _MEANINGS.get((str(written.path[-1]), outcome))


def never_holds(source: str, scope: Scope) -> bool:
    """Tell whether a condition is false for all values that `scope` allows."""
    return _constant(source, scope) is False


def _constant(source: str, scope: Scope) -> bool | None:
    try:
        return constant(parse(source), scope)
    except ExpressionError:
        return None
