"""Checks of an environment's fallout rules against the catalog that it serves (`domain.md` C9, F1, F2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from catalog.alternatives import all_reads, lacks, outputs_read
from catalog.base import Issue
from catalog.catalog import Catalog
from catalog.checks.issues import error, nearest, warning
from catalog.environment import Environment
from catalog.fallout_rules import CONDITION_ERROR, PAUSE_TIMED_OUT, FalloutRule
from catalog.step_graph import every_step
from catalog.steps import AutoTask, Callout, Pause, StepType

_NAMES = ("step", "group", "operation", "system", "product", "classification")
_WIDENING = (*_NAMES, "type", "code", "pattern", "order_priority")
"""What a rule may name to be for less; one that leaves it out is for all of it."""


def unknown_fallout_subject(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The step, group, operation, system, product and classification that a fallout rule names exist in the catalog."""
    known = _known(catalog)
    for rule in environment.fallout_rules:
        for what, name in _unknown(rule, known):
            hint = nearest(name, known[what], f"{what.capitalize()}s")
            message = f"The catalog has no {what} `{name}`."
            yield error("unknown_fallout_subject", ("fallout_rules", rule.name, what), message, hint)


def unknown_alternative(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """The step group that a fallout rule runs instead of a failed step exists in the catalog."""
    groups = [each.name for each in catalog.step_groups]
    for rule in environment.fallout_rules:
        if rule.alternative is not None and rule.alternative not in groups:
            message = f"There is no step group `{rule.alternative}`."
            path = ("fallout_rules", rule.name, "alternative")
            yield error("unknown_alternative", path, message, nearest(rule.alternative, groups, "Step groups"))


def alternative_outputs(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """A group that runs instead of a failed step gives, once, each output of it that later steps read."""
    reads = all_reads(catalog)
    for rule in environment.fallout_rules:
        group = catalog.group(rule.alternative) if rule.alternative else None
        for each in _steps(catalog) if group else ():
            name = each.step
            if group is None or name.startswith(f"{group.name}.") or not each.may_meet(rule):
                continue
            outputs = outputs_read(catalog, name, reads)
            for message in lacks(catalog, name, group, outputs) if outputs else ():
                hint = f"Give `{group.name}` one step that has it, or let the rule name less than `{name}`."
                yield error("alternative_outputs", ("fallout_rules", rule.name, "alternative"), message, hint)


def unknown_webhook(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001 - a check like others
    """Every webhook that a fallout rule notifies exists."""
    known = [each.name for each in environment.webhooks]
    for rule in environment.fallout_rules:
        for at, name in enumerate(rule.notify):
            if name not in known:
                path = ("fallout_rules", rule.name, "notify", at)
                yield error("unknown_webhook", path, f"There is no webhook `{name}`.", nearest(name, known, "Webhooks"))


def idle_fallout_rule(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """Some step that may fail as a fallout rule says fits all that the rule names."""
    known, steps = _known(catalog), tuple(_steps(catalog))
    for rule in environment.fallout_rules:
        if not any(_unknown(rule, known)) and not any(each.may_meet(rule) for each in steps):
            message = f"`{rule.name}` never applies: no step that may fail so fits it."
            hint = "Its step, group, operation, system, type and error must all fit the same step."
            yield warning("idle_fallout_rule", ("fallout_rules", rule.name), message, hint)


def fallout_tie(environment: Environment, catalog: Catalog) -> Iterable[Issue]:
    """No two fallout rules that may meet the same failure are equally exact, so that only file order decides."""
    steps = tuple(_steps(catalog))
    earlier: dict[object, list[tuple[FalloutRule, int]]] = {}
    for rule in environment.fallout_rules:
        # One bit for each step, so that many rules are soon compared.
        mine = sum(1 << at for at, step in enumerate(steps) if step.may_meet(rule))
        equals = earlier.setdefault(rule.exactness, [])
        other = next((one for one, its in equals if its & mine and _may_meet(one, rule, catalog)), None)
        equals.append((rule, mine))
        if other is not None:
            equal = f"`{rule.name}` is as exact as `{other.name}`{_where(rule, other)}"
            message = f"{equal}; the first in the file wins where both match."
            hint = "Give one of them another `priority`."
            yield warning("fallout_tie", ("fallout_rules", rule.name), message, hint)


def shadowed_fallout_rule(environment: Environment, catalog: Catalog) -> Iterable[Issue]:  # noqa: ARG001 - as above
    """No fallout rule is always beaten by one that matches whatever it matches and has a higher priority."""
    for rule in environment.fallout_rules:
        better = [each for each in environment.fallout_rules if each.exactness > rule.exactness and _covers(each, rule)]
        winner = max(better, key=lambda each: each.exactness, default=None)
        if winner is not None:
            message = f"`{rule.name}` never applies: `{winner.name}` matches the same and has a higher priority."
            yield warning("shadowed_fallout_rule", ("fallout_rules", rule.name), message, "Remove one of the two.")


def _known(catalog: Catalog) -> dict[str, dict[str, None]]:
    """Return what a rule may name, by kind."""
    operations = {f"{one.name}.{each.name}": None for one in catalog.systems for each in one.operations}
    return {
        "step": {f"{group.name}.{step.name}": None for group, step in every_step(catalog)},
        "group": {each.name: None for each in catalog.step_groups},
        "operation": operations | {f"functions.{each.name}": None for each in catalog.functions},
        "system": {each.name: None for each in catalog.systems} | ({"functions": None} if catalog.functions else {}),
        "product": {each.code: None for each in (*catalog.products, *catalog.technical_products)},
        "classification": {each.code: None for each in catalog.classifications},
    }


def _unknown(rule: FalloutRule, known: dict[str, dict[str, None]]) -> Iterator[tuple[str, str]]:
    for what in _NAMES:
        name = getattr(rule, what)
        if name is not None and name not in known[what]:
            yield what, name


class _MayFail(NamedTuple):
    """A step that may fail, and what it calls; `codes` are all that its failures can have, empty if nobody knows."""

    step: str
    operation: str | None
    type: StepType
    codes: tuple[str, ...] = ()

    def may_meet(self, rule: FalloutRule) -> bool:
        """Tell whether the rule is for failures of this step."""
        fits = rule.is_for(self.step, self.operation, self.type)
        return fits and (not self.codes or any(rule.is_about(each) for each in self.codes))


def _steps(catalog: Catalog) -> Iterator[_MayFail]:
    """Yield the steps whose failures fallout rules judge."""
    for group, step in every_step(catalog):
        name = f"{group.name}.{step.name}"
        match step:
            case Callout():
                yield _MayFail(name, step.operation, step.type)
            case AutoTask():
                yield _MayFail(name, f"functions.{step.function}", step.type)
            case Pause():
                yield _MayFail(name, None, step.type, (CONDITION_ERROR, PAUSE_TIMED_OUT))
            case _ if step.when is not None:
                yield _MayFail(name, None, step.type, (CONDITION_ERROR,))
            case _:
                pass


def _may_meet(one: FalloutRule, other: FalloutRule, catalog: Catalog) -> bool:
    """Tell whether two rules, equally exact and for the same step, may match the same failure.

    Whether two patterns have a code in common is not known; they are taken to. A step may serve several lines, so two
    products may meet, and two classifications unless one is above the other: then the nearer one wins.
    """
    if (one.code, one.order_priority) != (other.code, other.order_priority):
        return False
    first, second = one.classification, other.classification
    return first == second or not (_is_above(first, second, catalog) or _is_above(second, first, catalog))


def _is_above(code: str | None, other: str | None, catalog: Catalog) -> bool:
    return any(each.code == code for each in catalog.lineage(other))


def _where(one: FalloutRule, other: FalloutRule) -> str:
    if one.product != other.product:
        return " for a step that serves both products"
    return " for a step that serves products of both" if one.classification != other.classification else ""


def _covers(wide: FalloutRule, rule: FalloutRule) -> bool:
    """Tell whether `wide` matches every failure that `rule` matches."""
    fits = all(getattr(wide, name) in (None, getattr(rule, name)) for name in _WIDENING)
    return fits and (wide.attempt or 1) <= (rule.attempt or 1)


FALLOUT_CHECKS = (
    unknown_fallout_subject,
    unknown_alternative,
    alternative_outputs,
    unknown_webhook,
    idle_fallout_rule,
    fallout_tie,
    shadowed_fallout_rule,
)
"""Every check of fallout rules, in the order of the reference page."""
