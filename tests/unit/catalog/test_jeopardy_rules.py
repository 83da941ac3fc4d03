"""How long a step may take: its definition, or the most exact rule of the environment (`domain.md` C9, H2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from catalog.environment import Environment
from catalog.environment_checks import check_environment
from catalog.jeopardy import JeopardySubject, Limits, limits, rule_for
from catalog.steps import Milestone, StepDefinition, StepType
from tests.unit.catalog.shops import catalog, lane

SUBJECT = JeopardySubject(
    step="shipping.ship", type=StepType.CALLOUT, account="ACME", products=("LAPTOP",), classifications=("HARDWARE",)
)
HOUR = timedelta(hours=1)


def environment(**rules: dict[str, object]) -> Environment:
    return Environment.model_validate({"jeopardy_rules": rules})


@pytest.mark.parametrize(
    ("wins", "loses"),
    [
        ({"step": "shipping.ship"}, {"group": "shipping", "product": "LAPTOP", "account": "ACME"}),
        ({"group": "shipping"}, {"type": "callout", "product": "LAPTOP"}),
        ({"type": "callout"}, {"product": "LAPTOP"}),
        ({"product": "LAPTOP"}, {"classification": "HARDWARE", "account": "ACME"}),
        ({"classification": "HARDWARE"}, {"account": "ACME"}),
        ({"account": "ACME"}, {}),
    ],
)
def test_the_more_exact_rule_wins_wherever_it_stands(wins: dict[str, object], loses: dict[str, object]) -> None:
    for order in (("wins", "loses"), ("loses", "wins")):
        rules = {"wins": {**wins, "threshold": "1m"}, "loses": {**loses, "threshold": "2m"}}
        found = rule_for(environment(**{name: rules[name] for name in order}).jeopardy_rules, SUBJECT)
        assert found is not None
        assert found.name == "wins"


@pytest.mark.parametrize(
    "other",
    [
        {"step": "shipping.pick"},
        {"group": "billing"},
        {"type": "pause"},
        {"product": "PHONE"},
        {"classification": "SOFTWARE"},
        {"account": "GLOBEX"},
    ],
)
def test_a_rule_for_something_else_does_not_match(other: dict[str, object]) -> None:
    assert rule_for(environment(r={**other, "threshold": "1m"}).jeopardy_rules, SUBJECT) is None


def test_of_equally_exact_rules_the_first_wins() -> None:
    rules = environment(first={"threshold": "1m"}, second={"threshold": "2m"}).jeopardy_rules
    assert rule_for(rules, SUBJECT) == rules[0]


def test_what_a_rule_leaves_out_is_as_the_definition_says() -> None:
    step = Milestone(name="ship", type=StepType.MILESTONE, expected_duration=5 * HOUR, jeopardy_threshold=2 * HOUR)
    assert limits(step, (), SUBJECT) == Limits(5 * HOUR, 2 * HOUR)
    assert limits(step, environment(r={"threshold": "1h"}).jeopardy_rules, SUBJECT) == Limits(5 * HOUR, HOUR)
    assert limits(step, environment(r={"expected": "9h"}).jeopardy_rules, SUBJECT) == Limits(9 * HOUR, 2 * HOUR)


def test_a_rule_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="give threshold or expected, or both"):
        environment(r={"group": "shipping"})


def test_a_threshold_longer_than_the_step_is_refused_and_one_left_out_leaves_no_trace() -> None:
    definition: TypeAdapter[StepDefinition] = TypeAdapter(StepDefinition)
    step = {"name": "it", "type": "milestone", "expected_duration": "10m"}
    with pytest.raises(ValidationError, match="counts back from the expected_duration"):
        definition.validate_python({**step, "jeopardy_threshold": "11m"})
    # catalogs written before there were thresholds keep their digest
    assert "jeopardy_threshold" not in definition.validate_python(step).model_dump_json()


def test_rules_are_checked_against_the_catalog_and_each_other() -> None:
    shop = catalog({"step_groups": {"shipping": lane(ship={"type": "milestone"})}})
    rules: dict[str, dict[str, object]] = {
        "a": {"step": "shipping.shp", "threshold": "1m"},
        "b": {"group": "shipping", "threshold": "1m"},
        "c": {"group": "shipping", "expected": "1m"},
    }
    assert [str(each) for each in check_environment(environment(**rules), shop)] == [
        (
            "jeopardy_rules.a.step: error[unknown_jeopardy_subject]: The catalog has no step `shipping.shp`. "
            "Did you mean `shipping.ship`?"
        ),
        (
            "jeopardy_rules.c: warning[jeopardy_tie]: `c` names the same as `b`, which comes first and wins. "
            "Remove one of the two."
        ),
    ]
