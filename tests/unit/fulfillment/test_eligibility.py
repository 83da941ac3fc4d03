"""What the refusal of a command says."""

from __future__ import annotations

import pytest

from catalog.products import Attribute
from catalog.systems import OutputMapping
from catalog.values import ValueType
from fulfillment.commands import Cancel, Complete, CompleteTask, GivenValue, Retry, Skip
from fulfillment.forms import typed
from tests.unit.fulfillment.plans import World, callout, manual, park, plan, step


def test_a_refusal_says_what_to_do_instead() -> None:
    world = World(plan([callout("pay"), manual("survey")], [step("pay"), step("survey")]))
    assert world.run.refusals(Retry(steps=("main.survey", "main.pay"))) == (
        "`survey` (main.survey) cannot take `retry`: it waits for a person; use `dro tasks complete`.",
        "`Pay` (main.pay) cannot take `retry`: it is running; wait for its answer.",
    )
    (refused,) = world.run.refusals(CompleteTask(step="main.pay"))
    assert refused.endswith("no person's task is open for it; use `dro steps complete` when it is parked.")


def test_an_unknown_step_is_refused_with_the_nearest_one() -> None:
    world = World(plan([callout("pay")], [step("pay")]))
    assert world.run.refusals(Skip(steps=("main.pai", "zzz"))) == (
        "The order has no step `main.pai`. Did you mean `main.pay`?",
        "The order has no step `zzz`. `dro orders show` lists its steps.",
    )


def test_a_fallout_number_is_for_a_single_open_parking() -> None:
    world = World(plan([callout("pay")], [step("pay@L1"), step("pay@L2")]))
    world.end("pay@L1", park())
    world.end("pay@L2", park())
    both = world.run.refusals(Retry(steps=("main.pay@L1", "main.pay@L2"), fallout=1))
    assert both == ("`fallout` names the parking of a single step; leave it out to mean several steps.",)
    assert world.run.refusals(Retry(steps=("main.pay@L1",), fallout=1)) == ()
    assert "its open fallout is 1" in world.run.refusals(Retry(steps=("main.pay@L1",), fallout=2))[0]


def test_a_closed_order_refuses_everything() -> None:
    world = World(plan([callout("pay")], [step("pay")]))
    world.end("pay")
    for command in (Retry(steps=("main.pay",)), Cancel(), CompleteTask(step="main.pay")):
        assert world.run.refusals(command) == ("The order is closed (completed); nothing can be changed any more.",)


SURVEY = manual(
    "survey",
    Attribute(name="meters", type=ValueType.INTEGER, required=True, min="1", max="100"),
    Attribute(name="wall", type=ValueType.CHOICE, choices=("brick", "wood"), default="brick"),
    Attribute(name="day", type=ValueType.DATE, min="2026-01-01"),
    Attribute(name="note", type=ValueType.TEXT),
)


def given(**values: str | None) -> tuple[GivenValue, ...]:
    return tuple(GivenValue(name=name, value=value) for name, value in values.items())


def test_a_form_is_typed_completed_by_defaults_and_sorted() -> None:
    values, problems = typed(SURVEY, given(meters="12"))
    assert problems == ()
    assert [(each.name, each.value) for each in values] == [
        ("day", None),
        ("meters", 12),
        ("note", None),
        ("wall", "brick"),
    ]


def test_all_problems_of_a_form_are_told_together() -> None:
    world = World(plan([SURVEY], [step("survey")]))
    values = given(meters="101", wall="glass", day="2025-12-31", nota="x")
    refusals = world.run.refusals(CompleteTask(step="main.survey", values=values))
    assert [each.removeprefix("`survey` (main.survey): ") for each in refusals] == [
        "`nota` is no value of this step. Did you mean `note`?",
        "`meters`: expected at most 100, got 101.",
        "`wall`: expected one of `brick` or `wood`, got 'glass'.",
        "`day`: expected at least 2026-01-01, got 2025-12-31.",
    ]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (given(), "`meters` is missing"),
        (given(meters=None), "`meters` is missing"),
        (given(meters="a few"), "`meters`: expected an integer, got 'a few'"),
        (given(meters="0"), "`meters`: expected at least 1, got 0"),
    ],
)
def test_a_form_needs_its_required_values(values: tuple[GivenValue, ...], problem: str) -> None:
    assert typed(SURVEY, values)[1] == (problem,)


def test_a_value_given_twice_is_refused() -> None:
    assert typed(SURVEY, (*given(meters="1"), *given(meters="2")))[1] == ("`meters` is given 2 times",)


def test_completing_by_hand_needs_exactly_the_outputs_that_the_step_declares() -> None:
    outputs = [OutputMapping(name="total", type=ValueType.MONEY, value="response.body.total")]
    world = World(plan([callout("pay", outputs=outputs)], [step("pay")]))
    world.end("pay", park())
    wrong = Complete(steps=("main.pay",), outputs=given(totl="1.00"))
    assert world.run.refusals(wrong) == (
        "`Pay` (main.pay): `totl` is no value of this step. Did you mean `total`?",
        "`Pay` (main.pay): `total` is missing.",
    )
    assert world.run.refusals(Complete(steps=("main.pay",), outputs=given(total="1.00"))) == ()
