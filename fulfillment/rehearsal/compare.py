"""What was expected and what happened, brought into one shape, so that both can be compared, shown and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from catalog.values import Value
from decomposition.model import OrderPlan
from fulfillment.rehearsal.expectation import Expectation
from fulfillment.rehearsal.played import Played
from fulfillment.rehearsal.sides import (
    Difference,
    assets,
    dates,
    fallouts,
    lines,
    refusals,
    short,
    steps,
    values,
    waits,
)
from fulfillment.requests import to_json


def differences(expect: Expectation, played: Played) -> tuple[Difference, ...]:
    """Return what does not hold. Of a refused order nothing but its refusals is looked at, expected or not.

    `commands` is no expectation: under it stands what the order did not take of what the script says.
    """
    if played.plan is None or expect.refusals:
        sides = [refusals(expect.refusals or (), played.refused)]
    else:
        sides = [*_sides(expect, played, played.plan), Difference("commands", (), played.misfits)]
    found = [each._replace(happened=aligned(each.expected, each.happened)) for each in sides]
    return tuple(each for each in found if to_json(each.expected) != to_json(each.happened))


def aligned(expected: Value, happened: Value) -> Value:
    """Return what happened with all that equals what was expected in its words and order: `12.50` for `12.5`."""
    if isinstance(expected, Mapping) and isinstance(happened, Mapping):
        names = [*(each for each in expected if each in happened), *(each for each in happened if each not in expected)]
        return {each: aligned(expected.get(each), happened[each]) for each in names}
    if isinstance(expected, tuple) and isinstance(happened, tuple):
        pairs = zip(expected, happened, strict=False)
        return (*(aligned(one, other) for one, other in pairs), *happened[len(expected) :])
    same = expected == happened and isinstance(expected, bool) == isinstance(happened, bool)
    return expected if same else happened


def _sides(expect: Expectation, played: Played, plan: OrderPlan) -> Iterator[Difference]:
    if expect.lines is not None:
        yield lines("lines", expect.lines, plan)
    if expect.lines_contain is not None:
        yield _only_named(lines("lines_contain", expect.lines_contain, plan))
    if expect.steps is not None:
        yield steps("steps", expect.steps, played)
    if expect.steps_contain is not None:
        yield _only_named(steps("steps_contain", expect.steps_contain, played))
    if expect.dependencies is not None:
        after = {
            short(played, each.step): tuple(sorted(short(played, one) for one in each.after))
            for each in expect.dependencies
        }
        yield _only_named(Difference("dependencies", after, waits(played, plan)))
    if expect.values is not None:
        yield values(expect.values, played)
    if expect.order_state is not None:
        yield Difference("order_state", expect.order_state.value, played.state.value)
    if expect.line_states is not None:
        wanted = {each.line: each.state.value for each in expect.line_states}
        yield _only_named(Difference("line_states", wanted, {each.id: each.state.value for each in played.lines}))
    if expect.fallouts is not None:
        yield fallouts(expect.fallouts, played)
    if expect.calls is not None:
        calls = Counter(each.operation for each in played.sent)
        times = {each.operation: each.times for each in expect.calls}
        yield Difference("calls", times, {each: calls[each] for each in times})
    if expect.assets is not None:
        yield assets(expect.assets, played)
    if expect.dates is not None:
        yield dates(expect.dates, played, plan)
    if expect.predicted_completion is not None:
        yield Difference("predicted_completion", expect.predicted_completion, plan.predicted_completion)


def _only_named(sides: Difference) -> Difference:
    """Return the sides with nothing on the right that is not named on the left."""
    expected, happened = sides.expected, sides.happened
    if isinstance(expected, Mapping) and isinstance(happened, Mapping):
        happened = {each: happened[each] for each in expected if each in happened}
    elif isinstance(expected, tuple) and isinstance(happened, tuple):
        happened = tuple(each for each in expected if each in happened)
    return sides._replace(happened=happened)
