"""What the fallout rules say about one failed try (`domain.md` F1, F2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, assert_never

from catalog.fallout_rules import FalloutRule, RetryPolicy, RetryPolicyKind
from catalog.rules import Priority
from catalog.steps import StepType
from fulfillment.outcomes import Cancels, CancelWork, Decision, Failure, Park, RetryLater, RunAlternative, SkipStep

SHORTEST_DELAY = timedelta(milliseconds=1)
"""Temporal ignores a delay of zero."""

LONGEST_DELAY = timedelta(days=30)
"""A bound for what a system may ask for by `Retry-After`."""

_MICROSECOND = timedelta(microseconds=1)


class Tried(NamedTuple):
    """What the rules know of a failed try besides its failure.

    `step` is `GROUP.STEP`, `operation` is `SYSTEM.OPERATION`. It was try `tries` since the round began or an operator
    last retried; `unknown` says that a try of the round may have worked. `products` are those of the step's lines,
    `classes` the classifications of each, nearest first. `key` names order, step, round and attempt: it seeds jitter.
    """

    step: str
    operation: str | None
    type: StepType
    tries: int = 1
    unknown: bool = False
    products: tuple[str, ...] = ()
    classes: tuple[tuple[str, ...], ...] = ()
    order_priority: Priority = Priority.NORMAL
    key: str = ""


def decide(failure: Failure, tried: Tried, rules: Iterable[FalloutRule]) -> Decision:
    """Return what to do about a failed try; `rules` are in file order, which decides ties."""
    rule = matching_rule(failure.code, tried, rules)
    if rule is None:
        return Park(why=f"no fallout rule matches `{failure.code}` of `{tried.operation or tried.step}`")
    if tried.tries <= rule.retry.retries:
        return RetryLater(delay=_bounded(_delay(rule.retry, tried), failure.retry_after), rule=rule.name)
    return _outcome(rule, tried, f"rule `{rule.name}`: {_used_up(rule.retry.retries)}")


def parked(code: str, tried: Tried, rules: Iterable[FalloutRule], why: str) -> Park:
    """Return that a step parks whatever the matching rule says, in that rule's queue."""
    rule = matching_rule(code, tried, rules)
    return Park(why=why) if rule is None else _park(rule, why)


def matching_rule(code: str, tried: Tried, rules: Iterable[FalloutRule]) -> FalloutRule | None:
    """Return the most exact rule that matches, or None; of two classifications, the nearer one is more exact."""
    matching = [rule for rule in rules if _matches(rule, code, tried)]
    # `max` keeps the first of equals: file order
    return max(matching, key=lambda rule: _exactness(rule, tried), default=None)


def _matches(rule: FalloutRule, code: str, tried: Tried) -> bool:
    return (
        rule.is_for(tried.step, tried.operation, tried.type)
        and rule.is_about(code)
        and (rule.product is None or rule.product in tried.products)
        and (rule.classification is None or _distance(rule, tried) is not None)
        and rule.order_priority in (None, tried.order_priority)
        and (rule.attempt or 1) <= tried.tries
    )


def _distance(rule: FalloutRule, tried: Tried) -> int | None:
    """Return how far above a product of the step the rule's classification stands; None if above none."""
    code = rule.classification
    return min((chain.index(code) for chain in tried.classes if code in chain), default=None) if code else None


def _exactness(rule: FalloutRule, tried: Tried) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    subject, error, product, *rest = rule.exactness
    return (subject, error, product), -(_distance(rule, tried) or 0), tuple(rest)


def _outcome(rule: FalloutRule, tried: Tried, why: str) -> Decision:
    """Return the rule's outcome; a step of which a try may have worked is left to a person."""
    if rule.cancel_lines or rule.cancel_order:
        return _cancel(rule, why)
    what = "it skips the step" if rule.skip else f"it runs `{rule.alternative}` instead" if rule.alternative else ""
    if what and tried.unknown:
        return _park(rule, f"{why}; {what} only if nothing happened, and a try may have worked")
    why = f"{why}; {what}" if what else why
    if rule.skip:
        return SkipStep(rule=rule.name, why=why, notify=rule.notify)
    if rule.alternative:
        given = {"rule": rule.name, "why": why, "queue": rule.queue, "notify": rule.notify}
        return RunAlternative(group=rule.alternative, **given)
    return _park(rule, why)


def _cancel(rule: FalloutRule, why: str) -> CancelWork:
    """Return that a rule cancels; a try that may have worked is undone like one that has."""
    cancels = Cancels.ORDER if rule.cancel_order else Cancels.LINES
    told = f"{why}; it cancels the {'order' if rule.cancel_order else 'lines'}"
    return CancelWork(cancels=cancels, rule=rule.name, why=told, queue=rule.queue, notify=rule.notify)


def _park(rule: FalloutRule, why: str) -> Park:
    return Park(queue=rule.queue, rule=rule.name, why=why, notify=rule.notify)


def _delay(policy: RetryPolicy, tried: Tried) -> timedelta:
    """Return how long to wait, shortened by jitter: the same order, step, round and attempt always wait the same."""
    # whole microseconds: a timedelta of 2**999 seconds does not exist
    wait = min(_wait(policy, tried.tries), LONGEST_DELAY // _MICROSECOND)
    draw = int(hashlib.sha256(tried.key.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
    return timedelta(microseconds=wait - int(wait * policy.jitter * draw))


def _wait(policy: RetryPolicy, tries: int) -> int:
    match policy.policy:
        case RetryPolicyKind.IMMEDIATE:
            return 0
        case RetryPolicyKind.FIXED:
            return policy.interval // _MICROSECOND
        case RetryPolicyKind.STAGGERED:
            return policy.intervals[min(tries, len(policy.intervals)) - 1] // _MICROSECOND
        case RetryPolicyKind.EXPONENTIAL:
            return min((policy.interval // _MICROSECOND) << (tries - 1), policy.cap // _MICROSECOND)
        case _:
            assert_never(policy.policy)


def _bounded(delay: timedelta, retry_after: timedelta | None) -> timedelta:
    return min(max(delay, retry_after or SHORTEST_DELAY, SHORTEST_DELAY), LONGEST_DELAY)


def _used_up(retries: int) -> str:
    if retries == 0:
        return "no retries"
    return f"{retries} {'retry' if retries == 1 else 'retries'} used up"
