"""The rehearsal of an order is pure: the same script gives the same story, and both sides are compared in one shape."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalog.catalog import Catalog
from catalog.values import Value
from decomposition.order import Order
from fulfillment.rehearsal.compare import aligned, differences
from fulfillment.rehearsal.play import accepted_at, play
from fulfillment.rehearsal.played import Names
from fulfillment.rehearsal.script import Answer, DesignTest, Given
from fulfillment.rehearsal.sides import within
from fulfillment.states import OrderState
from service.catalogs import load_catalog
from tests.unit.service.rehearsed import shop

ORDER = {"number": "R-1", "account": "ACME", "lines": {"L1": {"product": "LAPTOP"}}}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    found = load_catalog(shop(tmp_path)).catalog
    assert found is not None
    return found


def a_test(**given: object) -> DesignTest:
    return DesignTest.model_validate({"order": ORDER, "expect": {"order_state": "completed"}, **given})


def order_of(test: DesignTest) -> Order:
    assert test.order is not None
    return test.order


def test_the_same_script_gives_the_same_story(catalog: Catalog) -> None:
    test = a_test(answers={"stock.reserve": {"status": 503}}, until="1d")
    first, second = (play(test, order_of(test), catalog) for _ in range(2))
    assert (first.steps, first.fallouts, first.sent) == (second.steps, second.fallouts, second.sent)
    assert [each.failure.code for each in first.fallouts] == ["HTTP_503"]


def test_without_functions_an_automatic_task_gives_outputs_made_up_by_their_types(catalog: Catalog) -> None:
    test = a_test()
    day = next(each for each in play(test, order_of(test), catalog).steps if each.id == "delivery.day")
    assert [each.value for each in day.outputs] == [date(2026, 1, 5)]


def test_nobody_completes_a_task_that_the_script_does_not_name(catalog: Catalog) -> None:
    test = a_test(facts=[{"values": {"signed": True}}])
    played = play(test, order_of(test), catalog)
    assert played.state is OrderState.IN_PROGRESS
    (difference,) = differences(test.expect, played)
    assert (difference.key, difference.expected, difference.happened) == ("order_state", "completed", "in_progress")


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({}, datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ({"order": {**ORDER, "order_date": "2026-11-25"}}, datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ({"now": "2026-03-01T01:00:00+02:00"}, datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_an_order_is_accepted_at_the_time_given_else_on_its_own_day(given: dict[str, object], at: datetime) -> None:
    test = a_test(**given)
    assert accepted_at(test, order_of(test)) == at


def test_what_a_test_says_goes_before_what_its_file_has_in_common() -> None:
    common = Given.model_validate(
        {
            "order_file": "common.yaml",
            "until": "2d",
            "answers": {"a.b": {"status": 500}, "c.d": {"status": 501}},
            "facts": [{"values": {"signed": True}}],
        }
    )
    test = a_test(answers={"a.b": {}}, facts=[]).with_given(common)
    assert (test.order_file, test.order is None, test.until) == (None, False, common.until)
    assert [(each.to, each.answers[0].status) for each in test.answers] == [("a.b", None), ("c.d", 501)]
    assert test.facts == ()


@pytest.mark.parametrize(
    "raw", [{"error": "lost", "status": 500}, {"outputs": {}, "body": "x"}, {"error": "timeout", "outputs": {}}]
)
def test_an_answer_is_one_of_its_kinds(raw: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="give one of `error`, `outputs`"):
        Answer.model_validate(raw)


def test_a_step_is_called_by_its_definition_where_it_is_the_only_one() -> None:
    names = Names(("a.one~0123456789", "a.two@L1", "a.two@L2", "a.three"))
    assert [names.short(each) for each in ("a.one~0123456789", "a.two@L1", "a.three")] == [
        "a.one",
        "a.two@L1",
        "a.three",
    ]
    assert [names.id(each) for each in ("a.one", "a.two", "a.two@L2", "b.four")] == [
        "a.one~0123456789",
        "a.two",
        "a.two@L2",
        "b.four",
    ]


@pytest.mark.parametrize(
    ("expected", "happened", "shown"),
    [
        (Decimal("12.5"), Decimal("12.50"), Decimal("12.5")),
        (1, True, True),
        ({"b": 1, "a": 2}, {"a": 2, "b": 3, "c": 4}, {"b": 3, "a": 2, "c": 4}),
        ((Decimal("1.0"), 2), (1, 2, 3), (Decimal("1.0"), 2, 3)),
        ({"a": 1}, {}, {}),
    ],
)
def test_what_is_equal_is_shown_as_it_was_expected(expected: Value, happened: Value, shown: Value) -> None:
    assert repr(aligned(expected, happened)) == repr(shown)


def test_of_records_only_what_is_named_is_compared() -> None:
    expected: Value = {"order": "R-1", "lines": ({"line": "L1"},)}
    happened: Value = {"order": "R-1", "account": "ACME", "lines": ({"line": "L1", "quantity": 2},)}
    assert within(expected, happened) == expected
    longer: Value = {"lines": ({"line": "L1"}, {"line": "L2"})}
    assert within(expected, longer) == longer
