"""What of a catalog, and of an environment's fallout rules, the design tests together have reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from catalog.base import Frozen
from catalog.catalog import Catalog
from catalog.fallout_rules import FalloutRule
from catalog.products import CommercialProduct, TechnicalProduct
from catalog.steps import Pause
from decomposition.lines import Trial, Verdict
from fulfillment.rehearsal.played import Played


class Kind(StrEnum):
    """What is measured."""

    RULE = "decomposition rule"
    SCENARIO = "scenario"
    CONDITION = "condition"
    GROUP = "step group"
    FALLOUT_RULE = "fallout rule"


class Measured(Frozen):
    """How many there are of a kind, and how many of them some test reaches; a condition counts once each way."""

    kind: Kind
    reached: int
    total: int


class Missed(Frozen):
    """What no test reaches, and what is missing in words: it `is never used`, `is never true` or `is never false`."""

    kind: Kind
    name: str
    what: str


class Coverage(Frozen):
    """Counts by kind, and everything that is missed, kind by kind, sorted by name.

    `percent` is the share that is reached of all that is measured, rounded down; 100 where there is nothing.
    """

    percent: int = 100
    measured: tuple[Measured, ...] = ()
    missed: tuple[Missed, ...] = ()


Seen = dict[tuple[Kind, str, str], None]
"""What was reached: kind, name, and which way, as `Missed.what` says of what was not."""

USED = "is never used"
TRUE = "is never true"
FALSE = "is never false"


def coverage(catalog: Catalog, rules: Iterable[FalloutRule], played: Iterable[Played]) -> Coverage:
    """Return what `played` has reached of the catalog and of the fallout rules."""
    seen: Seen = {}
    for each in played:
        seen.update(dict.fromkeys(_reached(catalog, each)))
    wanted = dict.fromkeys((*_in_catalog(catalog), *((Kind.FALLOUT_RULE, each.name, USED) for each in rules)))
    missed = [each for each in wanted if each not in seen]
    return Coverage(
        percent=(len(wanted) - len(missed)) * 100 // len(wanted) if wanted else 100,
        measured=tuple(
            Measured(
                kind=kind,
                reached=sum(each[0] is kind and each in seen for each in wanted),
                total=sum(each[0] is kind for each in wanted),
            )
            for kind in Kind
        ),
        missed=tuple(
            Missed(kind=kind, name=name, what=what) for of in Kind for kind, name, what in sorted(missed) if kind is of
        ),
    )


def _in_catalog(catalog: Catalog) -> Iterator[tuple[Kind, str, str]]:
    for rule in catalog.decomposition_rules:
        yield Kind.RULE, rule.code, USED
        yield from _both(rule.when, _of_rule(rule.code))
    for scenario in catalog.scenarios:
        yield Kind.SCENARIO, scenario.code, USED
        yield from _both(scenario.when, _of_scenario(scenario.code))
    for group in catalog.step_groups:
        yield Kind.GROUP, group.name, USED
        for step in group.steps:
            yield from _both(step.when, _of_step(f"{group.name}.{step.name}", "when"))
            if isinstance(step, Pause):
                yield from _both(step.until, _of_step(f"{group.name}.{step.name}", "until"))


def _both(condition: str | None, name: str) -> Iterator[tuple[Kind, str, str]]:
    if condition is not None:
        yield Kind.CONDITION, name, TRUE
        yield Kind.CONDITION, name, FALSE


def _of_rule(code: str) -> str:
    return f"decomposition_rules.{code}.when"


def _of_scenario(code: str) -> str:
    return f"scenarios.{code}.when"


def _of_step(definition: str, field: str) -> str:
    return f"step_groups.{definition}.{field}"


def _reached(catalog: Catalog, played: Played) -> Iterator[tuple[Kind, str, str]]:
    for name in played.fallout_rules:
        yield Kind.FALLOUT_RULE, name, USED
    for condition in played.conditions:
        yield Kind.CONDITION, _of_step(condition.definition, condition.field), TRUE if condition.verdict else FALSE
    for group in dict.fromkeys(each.group for each in played.plan.steps) if played.plan else ():
        yield Kind.GROUP, group, USED
    rules = {each.code: each for each in catalog.decomposition_rules}
    scenarios = {each.code: each for each in catalog.scenarios}
    products = {each.id: catalog.product(each.product) for each in played.tried.lines}
    for trial in played.tried.trace:
        # A rule and a scenario may have the same code: they are told apart by what they are for.
        codes = _subjects(products.get(trial.line) if trial.line else None, catalog)
        rule, scenario = rules.get(trial.rule), scenarios.get(trial.rule)
        if rule is not None and (rule.product or rule.classification) in codes:
            yield from _tried(trial, Kind.RULE, rule.when, _of_rule(rule.code))
        if scenario is not None and (scenario.product or scenario.classification) in codes:
            yield from _tried(trial, Kind.SCENARIO, scenario.when, _of_scenario(scenario.code))


def _subjects(product: CommercialProduct | TechnicalProduct | None, catalog: Catalog) -> tuple[str | None, ...]:
    """Return what a rule or scenario may be for: a product and its classifications; None for the order as a whole."""
    return (None,) if product is None else (product.code, *catalog.classes_of(product))


def _tried(trial: Trial, kind: Kind, when: str | None, condition: str) -> Iterator[tuple[Kind, str, str]]:
    if trial.verdict is Verdict.MATCHED:
        yield kind, trial.rule, USED
        yield Kind.CONDITION, condition, TRUE
    elif trial.verdict is Verdict.CONDITION_FALSE:
        yield Kind.CONDITION, condition, FALSE if trial.why == f"`{when}` is false" else TRUE
