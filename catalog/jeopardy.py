"""Jeopardy rules: how long a step may take before people are told, as of now for all orders (`domain.md` C9, H2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from pydantic import model_validator

from catalog.base import Code, Frozen, Name
from catalog.fields import Duration
from catalog.steps import StepBase, StepType


class Limits(NamedTuple):
    """How long a step is expected to take, and how long before that it is at risk; zero for not said.

    Both are working time of `calendar`, all time without one.
    """

    expected: timedelta = timedelta(0)
    threshold: timedelta = timedelta(0)
    calendar: Name | None = None


class JeopardyRule(Frozen):
    """How long the steps that it matches may take; what it leaves out is as the step's definition says.

    It matches where all that it names fits: step (`GROUP.STEP`), group, product or classification of one of the
    step's lines, account of the order, type of step.
    """

    name: Name
    """What issues call it."""
    step: str | None = None
    """Of which step, `GROUP.STEP`."""
    group: Name | None = None
    """Of which step group."""
    product: Code | None = None
    """Of steps for this product."""
    classification: Code | None = None
    """Of steps for products of this classification."""
    account: Code | None = None
    """Of orders of this account."""
    type: StepType | None = None
    """Of which type of step."""
    threshold: Duration | None = None
    """How long before its expected end a step is at risk; as its definition says if left out."""
    expected: Duration | None = None
    """How long a step takes when all goes well; as its definition says if left out."""

    @model_validator(mode="after")
    def _says_something(self) -> JeopardyRule:
        if self.threshold is None and self.expected is None:
            raise ValueError("give threshold or expected, or both")
        return self


class JeopardySubject(NamedTuple):
    """What rules are asked about: a step, the products of its lines, and the classes that those are in."""

    step: str
    type: StepType
    account: str
    products: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()


def limits(definition: StepBase, rules: Iterable[JeopardyRule], subject: JeopardySubject) -> Limits:
    """Return what is in force for a step: the definition's, or what the most exact rule says."""
    rule = rule_for(rules, subject)
    expected = rule.expected if rule and rule.expected is not None else definition.expected_duration
    threshold = rule.threshold if rule and rule.threshold is not None else definition.jeopardy_threshold
    return Limits(expected, threshold or timedelta(0), definition.calendar)


def rule_for(rules: Iterable[JeopardyRule], subject: JeopardySubject) -> JeopardyRule | None:
    """Return the most exact rule that matches, or None.

    Step over group over type, then product over classification, then with an account over without; then file order.
    """
    matching = [each for each in rules if _matches(each, subject)]
    return max(matching, key=exactness, default=None)


def exactness(rule: JeopardyRule) -> tuple[bool, ...]:
    """Return what decides between rules that match the same step; the greater is the more exact."""
    named = (rule.step, rule.group, rule.type, rule.product, rule.classification, rule.account)
    return tuple(each is not None for each in named)


def _matches(rule: JeopardyRule, subject: JeopardySubject) -> bool:
    asked = (
        (rule.step, (subject.step,)),
        (rule.group, (subject.step.partition(".")[0],)),
        (rule.type, (subject.type,)),
        (rule.product, subject.products),
        (rule.classification, subject.classifications),
        (rule.account, (subject.account,)),
    )
    return all(wanted is None or wanted in found for wanted, found in asked)
