"""Both sides of each expectation: what is named, and what happened, in the same shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from catalog.base import Frozen, Issue
from catalog.values import NamedValues, NotOfType, Value, as_record, coerce
from decomposition.lines import Line, LineKind
from decomposition.model import OrderPlan
from decomposition.order import GivenAttributes
from fulfillment.answers import WrongAnswer, parse_body
from fulfillment.progress import FalloutProgress
from fulfillment.rehearsal.expectation import (
    ExpectedAsset,
    ExpectedDates,
    ExpectedFallout,
    ExpectedFallouts,
    ExpectedLine,
    ExpectedRefusal,
    ExpectedStep,
    ExpectedValues,
)
from fulfillment.rehearsal.played import Played
from fulfillment.requests import to_json


class Difference(NamedTuple):
    """An expectation that does not hold: its key, and both sides; `happened` can stand in place of `expected`."""

    key: str
    expected: Value
    happened: Value


def within(expected: Value, happened: Value) -> Value:
    """Return of what happened only what is named: of a record, the fields that the expected one has."""
    if isinstance(expected, Mapping) and isinstance(happened, Mapping):
        return {each: within(expected[each], happened[each]) for each in expected if each in happened}
    if isinstance(expected, tuple) and isinstance(happened, tuple) and len(expected) == len(happened):
        return tuple(within(one, other) for one, other in zip(expected, happened, strict=True))
    return happened


def short(played: Played, name: str) -> str:
    """Return the shortest name of the step that a name is of."""
    return played.names.short(played.names.id(name))


def _named_in(model: Frozen, key: str) -> tuple[str, ...]:
    """Return the fields that were written, but for the one that the entry is found by."""
    return tuple(each for each in type(model).model_fields if each in model.model_fields_set and each != key)


def refusals(expected: Iterable[ExpectedRefusal], issues: tuple[Issue, ...]) -> Difference:
    """Pair each expected refusal with an issue that it fits; an issue without one is shown as it is."""
    left = list(issues)
    wanted, happened = [], []
    for each in expected:
        given = {name: getattr(each, name) for name in _named_in(each, "")}
        wanted.append(given)
        fitting = next(
            (one for one in left if one.check == each.check and each.text in f"{one.message} {one.hint}"), None
        )
        if fitting is not None:
            left.remove(fitting)
            happened.append(given)
    happened += [{"check": each.check, "text": each.message} for each in left]
    return Difference("refusals", tuple(wanted), tuple(happened))


def lines(key: str, expected: Iterable[ExpectedLine], plan: OrderPlan) -> Difference:
    """Return the technical lines expected, and all that are wanted still."""
    technical = {each.id: each for each in plan.lines if each.kind is LineKind.TECHNICAL and not each.cancelled}
    by_id = {each.id: each for each in expected}
    wanted: dict[str, Value] = {}
    for each in by_id.values():
        found = technical.get(each.id)
        types = found.attributes if found else ()
        wanted[each.id] = {
            name: _given(each.attributes, types) if name == "attributes" else getattr(each, name)
            for name in _named_in(each, "id")
        }
    happened = {code: _line(line, by_id.get(code)) for code, line in technical.items()}
    return Difference(key, wanted, happened)


def _line(line: Line, expected: ExpectedLine | None) -> Value:
    attributes = as_record(line.attributes)
    whole: dict[str, Value] = {"product": line.product, "quantity": line.quantity, "action": line.action.value}
    if expected is None:
        given = {name: each for name, each in attributes.items() if each is not None}
        return {**whole, "attributes": given} if given else whole
    named = {each.name for each in expected.attributes}
    whole["attributes"] = {name: each for name, each in attributes.items() if name in named}
    return {name: whole[name] for name in _named_in(expected, "id")}


def _given(given: GivenAttributes, typed: NamedValues) -> Value:
    """Return attributes or outputs as written, of the types that they turned out to have."""
    types = {each.name: each.type for each in typed}
    values: dict[str, Value] = {}
    for each in given:
        values[each.name] = each.value
        if each.name in types:
            try:
                values[each.name] = coerce(each.value, types[each.name])
            except NotOfType:
                continue  # what is of another type is no equal, and is shown as it was written
    return values


def steps(key: str, expected: Iterable[ExpectedStep], played: Played) -> Difference:
    """Return the steps expected, and all there are: by their names alone, or with their states."""
    steps = list(expected)
    states = {played.names.short(each.id): each.state.value for each in played.steps}
    if all(each.state is None for each in steps) and steps:
        return Difference(key, tuple(sorted(short(played, each.id) for each in steps)), tuple(sorted(states)))
    return Difference(key, {short(played, each.id): each.state and each.state.value for each in steps}, states)


def waits(played: Played, plan: OrderPlan) -> Value:
    """Return what each step waits for."""
    names = played.names
    return {
        names.short(each.id): tuple(sorted(names.short(after.step) for after in plan.waits(each)))
        for each in plan.steps
    }


def values(expected: Iterable[ExpectedValues], played: Played) -> Difference:
    """Return the values expected, and those of the same steps: of the last call, and what came of it."""
    outputs = {each.id: each.outputs for each in played.steps}
    last = {each.step: each for each in played.sent}
    wanted: dict[str, Value] = {}
    happened: dict[str, Value] = {}
    for each in expected:
        step = played.names.id(each.step)
        ours: dict[str, Value] = {}
        theirs: dict[str, Value] = {}
        for name in _named_in(each, "step"):
            if name == "outputs":
                ours[name] = _given(each.outputs, outputs.get(step, ()))
                theirs[name] = within(ours[name], as_record(outputs.get(step, ())))
            else:
                text = each.input if name == "input" else each.request
                ours[name] = None if text is None else _document(text)
                sent = last.get(step)
                body = None if sent is None else to_json(sent.input) if name == "input" else sent.request
                theirs[name] = within(ours[name], None if body is None else _document(body))
        wanted[short(played, each.step)] = ours
        if step in outputs:
            happened[played.names.short(step)] = theirs
    return Difference("values", wanted, happened)


def _document(text: str) -> Value:
    try:
        return parse_body(text)
    except WrongAnswer:
        return text


def fallouts(expected: Iterable[ExpectedFallouts], played: Played) -> Difference:
    """Return the fallouts expected, and all there were; of each, what is named of it."""
    by_step = {played.names.id(each.step): each.fallouts for each in expected}
    happened: dict[str, list[FalloutProgress]] = {}
    for fallout in played.fallouts:
        happened.setdefault(fallout.step, []).append(fallout)
    wanted = {
        played.names.short(step): _one_or_all([_of(each, _named_in(each, "")) for each in fallouts])
        for step, fallouts in by_step.items()
    }
    told = {
        played.names.short(step): _one_or_all(
            [_fallout(other, one) for one, other in zip_longest(by_step.get(step, ()), found) if other is not None]
        )
        for step, found in happened.items()
    }
    return Difference("fallouts", wanted, told)


def _of(model: Frozen, names: Iterable[str]) -> Value:
    return {each: getattr(model, each) for each in names}


def _fallout(fallout: FalloutProgress, expected: ExpectedFallout | None) -> Value:
    told = f"{fallout.failure.message} {fallout.why}"
    whole: dict[str, Value] = {
        "code": fallout.failure.code,
        "rule": fallout.rule,
        "queue": fallout.queue,
        "text": expected.text if expected is not None and expected.text in told else told,
        "resolution": fallout.resolution or None,
    }
    names = _named_in(expected, "") if expected is not None else ("code", "rule", "queue")
    return {each: whole[each] for each in names}


def _one_or_all(entries: list[Value]) -> Value:
    return entries[0] if len(entries) == 1 else tuple(entries)


def assets(expected: Iterable[ExpectedAsset], played: Played) -> Difference:
    """Return what the account is expected to have afterwards, and what it has: how much, by product."""
    has: dict[str, Decimal] = {}
    for each in played.assets:
        has[each.product] = has.get(each.product, Decimal(0)) + each.quantity
    wanted = {each.product: each.quantity for each in expected}
    return Difference("assets", wanted, {each: has[each] for each in sorted(has)})


def dates(expected: Iterable[ExpectedDates], played: Played, plan: OrderPlan) -> Difference:
    """Return the dates expected, and those of the same steps."""
    progress = {each.id: each for each in played.steps}
    wanted: dict[str, Value] = {}
    happened: dict[str, Value] = {}
    for each in expected:
        name = short(played, each.step)
        wanted[name] = {field: getattr(each, field) for field in _named_in(each, "step")}
        step, went = plan.step(played.names.id(each.step)), progress.get(played.names.id(each.step))
        if step is not None and went is not None:
            dates = {
                "planned_start": step.planned_start,
                "planned_end": step.planned_end,
                "not_before": step.not_before,
                "started": went.started_at,
                "ended": went.ended_at,
            }
            happened[name] = {field: dates[field] for field in _named_in(each, "step")}
    return Difference("dates", wanted, happened)
