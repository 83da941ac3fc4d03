"""Checks of what stands in each other's way: rules and scenarios that are hidden, or say a thing twice (C5, C7)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date

from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error, warning
from catalog.effective import Effective, overlap
from catalog.expressions import ExpressionError, Scope, can_hold, compared_paths, parse
from catalog.reach import Reach
from catalog.rules import DecompositionRule, LineAction, Scenario

MOST_COMPARED = 10
"""A rule is compared with so many others of its source and target, those before it, so that many cost no square."""

Subject = tuple[str, str]
"""`product` or `classification`, and its code."""

Rules = dict[tuple[Subject, str], list[DecompositionRule]]
"""Rules by what they are for and their target."""


def duplicate_rule(catalog: Catalog) -> Iterable[Issue]:
    """Of the rules from one source to one target, one at most has no condition on any day."""
    for rules in _by_subject(each for each in catalog.decomposition_rules if each.when is None).values():
        apart: list[DecompositionRule] = []  # no two of them on the same day, in the order of their days
        for rule in (each for each in rules if overlap((each,))):
            at = bisect_left(apart, _begin(rule), key=_begin)
            other = next((each for each in apart[max(0, at - 1) : at + 1] if overlap((each, rule))), None)
            if other is None:
                apart.insert(at, rule)
                continue
            message = f"`{rule.code}` leads from `{_subject(rule)[1]}` to `{rule.target}` without a condition, "
            message += f"as `{other.code}` does."
            hint = "Remove one of them, or give each a condition under `when`."
            yield error("duplicate_rule", ("decomposition_rules", rule.code), message, hint)


def overlapping_rule(catalog: Catalog) -> Iterable[Issue]:
    """Of the rules from one source to one target, no two that ask about the same both apply to one line."""
    reach = Reach(catalog)
    for rules in _by_subject(catalog.decomposition_rules).values():
        for at, rule in enumerate(rules[1:], 1):
            scope = reach.rule(rule)
            before = rules[max(0, at - MOST_COMPARED) : at]
            other = next((each for each in before if _overlap(each, rule, scope)), None)
            if other is not None:
                message = f"`{rule.code}` and `{other.code}` lead from `{_subject(rule)[1]}` to `{rule.target}`, and "
                message += f"{_both(rule, other)}: both contribute to that line."
                hint = "Let their conditions exclude each other, or make one rule of both."
                yield warning("overlapping_rule", ("decomposition_rules", rule.code), message, hint)


def shadowed_rule(catalog: Catalog) -> Iterable[Issue]:
    """Some product of a classification has no nearer rule that replaces the classification's rule."""
    reach, rules = Reach(catalog), _by_subject(catalog.decomposition_rules)
    known: dict[tuple[object, ...], DecompositionRule | None] = {}
    for rule in catalog.decomposition_rules:
        subject = (rule.classification, rule.target, rule.effective_from, rule.effective_until)
        if subject not in known:
            known[subject] = _replacing(rule, catalog, reach, rules)
        first = known[subject]
        if first is not None:
            message = f"`{rule.code}` never applies: every product of `{rule.classification}` has a nearer rule to "
            message += f"`{rule.target}`, such as `{first.code}`."
            hint = "Remove it, or give the nearer rules another target."
            yield warning("shadowed_rule", ("decomposition_rules", rule.code), message, hint)


def overlapping_scenario(catalog: Catalog) -> Iterable[Issue]:
    """Scenarios with the same condition, or none, do not bring in a group for the same product and action twice."""
    first: dict[tuple[str | None, ...], str] = {}
    for scenario in catalog.scenarios:
        when = " ".join((scenario.when or "").split())
        for action in dict.fromkeys(scenario.actions):
            subject = (scenario.product, scenario.classification, action.value, scenario.group, when)
            other = first.setdefault(subject, scenario.code)
            if other != scenario.code:
                message = f"`{scenario.code}` brings in `{scenario.group}` for action {action.value}, as `{other}` does"
                message += ", on the same condition." if when else "."
                hint = f"Remove one of them, or give each {'another' if when else 'a'} condition under `when`."
                yield warning("overlapping_scenario", ("scenarios", scenario.code), message, hint)


def shadowed_scenario(catalog: Catalog) -> Iterable[Issue]:
    """Some product of a classification has no nearer scenario that replaces the classification's for its action."""
    reach = Reach(catalog)
    nearest: dict[tuple[Subject, str], Scenario] = {}
    for scenario in catalog.scenarios:
        for action in scenario.actions:
            nearest.setdefault((_subject(scenario), action.value), scenario)
    known: dict[tuple[str | None, tuple[LineAction, ...]], Scenario | None] = {}
    for scenario in catalog.scenarios:
        subject = (scenario.classification, scenario.actions)
        if subject not in known:
            known[subject] = _overriding(scenario, catalog, reach, nearest)
        first = known[subject]
        if first is not None:
            actions = " or ".join(dict.fromkeys(each.value for each in scenario.actions))
            message = f"`{scenario.code}` never matches: for {actions}, every product of `{scenario.classification}` "
            message += f"has a nearer scenario, such as `{first.code}`."
            hint = f"Add its group `{scenario.group}` to the nearer ones, or remove it."
            yield warning("shadowed_scenario", ("scenarios", scenario.code), message, hint)


def _by_subject(rules: Iterable[DecompositionRule]) -> Rules:
    found: Rules = {}
    for rule in rules:
        found.setdefault((_subject(rule), rule.target), []).append(rule)
    return found


def _subject(of: DecompositionRule | Scenario) -> Subject:
    return ("product", of.product) if of.product is not None else ("classification", of.classification or "")


def _begin(rule: DecompositionRule) -> date:
    return rule.effective_from or date.min


def _overlap(one: DecompositionRule, other: DecompositionRule, scope: Scope) -> bool:
    """Tell whether both surely apply to some line, and ask about the same: else they may be meant to add up."""
    written = [each.when for each in (one, other) if each.when is not None]
    if not written or not overlap((one, other)):
        return False  # two without conditions are told as duplicates
    try:
        conditions = [parse(each) for each in written]
    except ExpressionError:
        return False
    if len(conditions) == 2:
        first, second = (compared_paths(each) for each in conditions)
        if not any(path in second for path in first):
            return False
    return can_hold(conditions, scope)


def _both(one: DecompositionRule, other: DecompositionRule) -> str:
    free = next((each.code for each in (one, other) if each.when is None), None)
    return "their conditions can both be true" if free is None else f"`{free}` has no condition"


def _nearer(code: str, than: str, catalog: Catalog) -> Iterator[Subject]:
    """Yield what is nearer to a product than one of its classifications: itself, then the classes below that one."""
    yield "product", code
    product = catalog.product(code)
    for each in catalog.classes_of(product) if product else ():
        if each == than:
            return
        yield "classification", each


def _replacing(rule: DecompositionRule, catalog: Catalog, reach: Reach, rules: Rules) -> DecompositionRule | None:
    """Return the first of the rules that replace this one for all of its products; None if it is left any."""
    first: DecompositionRule | None = None
    for code in reach.sources(rule) if rule.classification is not None else ():
        subjects = _nearer(code, rule.classification or "", catalog)
        nearer = (each for subject in subjects for each in rules.get((subject, rule.target), ()))
        found = next((each for each in nearer if _covers(each, rule)), None)
        if found is None:
            return None
        first = first or found
    return first


def _covers(wide: Effective, narrow: Effective) -> bool:
    """Tell whether the first is in force whenever the second is."""
    begins = wide.effective_from is None or (
        narrow.effective_from is not None and wide.effective_from <= narrow.effective_from
    )
    return begins and (
        wide.effective_until is None
        or (narrow.effective_until is not None and narrow.effective_until <= wide.effective_until)
    )


def _overriding(
    scenario: Scenario, catalog: Catalog, reach: Reach, nearest: dict[tuple[Subject, str], Scenario]
) -> Scenario | None:
    """Return the first of the scenarios that come before this one for all of its products and actions."""
    first: Scenario | None = None
    for code in reach.sources(scenario) if scenario.classification is not None else ():
        subjects = tuple(_nearer(code, scenario.classification or "", catalog))
        for action in scenario.actions:
            found = next((nearest[each, action.value] for each in subjects if (each, action.value) in nearest), None)
            if found is None:
                return None
            first = first or found
    return first
