"""What the fallout rules say about one failed try (`domain.md` F1, F2)."""

from __future__ import annotations

import re
from datetime import timedelta

from catalog.environment import FalloutRule, RetryPolicy, RetryPolicyKind
from catalog.steps import StepType
from fulfillment.outcomes import Decision, Failure, Park, RetryLater

SHORTEST_DELAY = timedelta(milliseconds=1)
"""Temporal ignores a delay of zero."""

LONGEST_DELAY = timedelta(days=30)
"""A bound for what a system may ask for by `Retry-After`."""


def decide(
    failure: Failure,
    *,
    step: str,
    operation: str | None,
    step_type: StepType,
    tries: int,
    rules: tuple[FalloutRule, ...],
) -> Decision:
    """Return what to do after `tries` tries, this one included, made since the round began or an operator last retried.

    `step` is `GROUP.STEP`, `operation` is `SYSTEM.OPERATION`; `rules` are in file order, which decides ties.
    """
    rule = matching_rule(failure.code, step=step, operation=operation, step_type=step_type, rules=rules)
    if rule is None:
        return Park(why=f"no fallout rule matches `{failure.code}` of `{operation or step}`")
    if tries <= rule.retry.retries:
        return RetryLater(delay=_bounded(_delay(rule.retry, tries), failure.retry_after), rule=rule.name)
    return Park(queue=rule.queue, rule=rule.name, why=f"rule `{rule.name}`: {_used_up(rule.retry.retries)}")


def matching_rule(
    code: str, *, step: str, operation: str | None, step_type: StepType, rules: tuple[FalloutRule, ...]
) -> FalloutRule | None:
    """Return the most exact rule that matches, or None."""
    group = step.partition(".")[0]
    system = operation.partition(".")[0] if operation else None

    def matches(rule: FalloutRule) -> bool:
        return (
            rule.step in (None, step)
            and rule.group in (None, group)
            and rule.operation in (None, operation)
            and rule.system in (None, system)
            and rule.type in (None, step_type)
            and rule.code in (None, code)
            and (rule.pattern is None or re.fullmatch(rule.pattern, code) is not None)
        )

    # `max` keeps the first of equals: file order
    return max((rule for rule in rules if matches(rule)), key=_exactness, default=None)


def _exactness(rule: FalloutRule) -> tuple[int, ...]:
    subject = (rule.step, rule.group, rule.operation, rule.system, rule.type)
    named = next((len(subject) - at for at, value in enumerate(subject) if value is not None), 0)
    error = 2 if rule.code is not None else 1 if rule.pattern is not None else 0
    return named, error, rule.priority


def _delay(policy: RetryPolicy, tries: int) -> timedelta:
    if policy.policy is RetryPolicyKind.FIXED:
        return min(policy.interval, LONGEST_DELAY)
    # whole microseconds: a timedelta of 2**999 seconds does not exist
    grown = policy.interval // timedelta(microseconds=1) * 2 ** (tries - 1)
    return timedelta(microseconds=min(grown, min(policy.cap, LONGEST_DELAY) // timedelta(microseconds=1)))


def _bounded(delay: timedelta, retry_after: timedelta | None) -> timedelta:
    return min(max(delay, retry_after or SHORTEST_DELAY, SHORTEST_DELAY), LONGEST_DELAY)


def _used_up(retries: int) -> str:
    if retries == 0:
        return "no retries"
    return f"{retries} {'retry' if retries == 1 else 'retries'} used up"
