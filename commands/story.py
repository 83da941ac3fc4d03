"""What has become of a step, from the order book, in words: where it stands, every failed try, what rules decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import assert_never

from decomposition.wording import duration, moment
from fulfillment.outcomes import CancelWork, Decision, Park, RetryLater, RunAlternative, SkipStep
from orderbook.views import Attempt, FalloutView, OrderView, StepView


def story(step: StepView, attempts: Iterable[Attempt], fallouts: Iterable[FalloutView]) -> Iterator[str]:
    """Yield where a step stands and why, its failed tries with what followed, and its fallouts, oldest first."""
    since = step.ended_at or step.started_at
    when = f" since {moment(since)}" if since else ""
    reason = "" if step.reason in ("", step.state.value) else f": {step.reason.rstrip('.')}"
    yield f"It is {step.state.value.replace('_', ' ')}{when}{reason}."
    for each in attempts:
        yield _attempt(each)
    for fallout in fallouts:
        yield _fallout(fallout)


def stuck(order: OrderView) -> Iterator[str]:
    """Yield the steps of an order that wait for a decision, and why; nothing if none does."""
    waiting = [each for each in order.fallouts if not each.resolution]
    titles = {each.id: each.title for each in order.steps}
    if waiting:
        yield from ("", "Waits for a decision")
    for each in waiting:
        yield f"  {titles.get(each.step, each.step)} (`{each.step}`): {_fallout(each)}"


def _attempt(attempt: Attempt) -> str:
    failure = attempt.failure
    known = "nothing happened" if failure.refused else "whether it worked is unknown"
    head = f"Try {attempt.attempt} of round {attempt.round}, {moment(attempt.at)}"
    return (
        f"{head}, failed with `{failure.code}` ({known}): {failure.message.rstrip('.')}. {_decided(attempt.decision)}."
    )


def _decided(decision: Decision) -> str:
    match decision:
        case RetryLater():
            rule = f"Rule `{decision.rule}`: " if decision.rule else ""
            return f"{rule}{'t' if rule else 'T'}ried again after {_length(decision.delay)}"
        case Park():
            return f"Parked, {_why(decision.why, decision.queue)}"
        case SkipStep() | RunAlternative() | CancelWork():
            return _sentence(decision.why)
        case _:
            assert_never(decision)


def _fallout(fallout: FalloutView) -> str:
    doubt = "; whether it worked is unknown" if fallout.unknown else ""
    told = f"; told to {', '.join(f'`{each}`' for each in fallout.notify)}" if fallout.notify else ""
    head = f"Fallout {fallout.number}, {moment(fallout.opened_at)}, `{fallout.failure.code}`"
    ended = ""
    if fallout.resolution:
        because = f": {fallout.reason.rstrip('.')}" if fallout.reason else ""
        by = f" by {fallout.actor}" if fallout.actor else ""
        ended = f" It was {fallout.resolution}{by}, {moment(fallout.resolved_at)}{because}."
    return f"{head}: {_why(fallout.why, fallout.queue)}{doubt}{told}.{ended}"


def _why(why: str, queue: str | None) -> str:
    place = f"in queue `{queue}`" if queue else "in no queue"
    return f"{place}: {why}" if why else place


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _length(delay: timedelta) -> str:
    return f"{delay // timedelta(milliseconds=1)} ms" if delay < timedelta(seconds=1) else duration(delay)
