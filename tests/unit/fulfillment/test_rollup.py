"""O4's roll-up, a test per rule."""

from __future__ import annotations

import pytest

from fulfillment.rollup import combined, line_state, order_state
from fulfillment.states import OrderState, StepState

S, O = StepState, OrderState  # noqa: E741  # letters of a table


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([S.READY, S.FATALLY_FAILED], O.IN_PROGRESS),
        ([S.IN_PROGRESS, S.ON_HOLD], O.IN_PROGRESS),
        ([S.ON_HOLD, S.PENDING], O.HELD),
        ([S.FATALLY_FAILED, S.PENDING, S.COMPLETED], O.HELD),
        ([S.FATALLY_FAILED, S.FAILED], O.IN_PROGRESS),
        ([S.FATALLY_FAILED, S.SCHEDULED], O.IN_PROGRESS),
        ([S.SCHEDULED, S.PENDING], O.PENDING),
        ([S.COMPLETED, S.SKIPPED], O.COMPLETED),
        ([S.CANCELLED, S.DISCARDED], O.CANCELLED),
        ([S.COMPLETED, S.CANCELLED], O.PARTIAL),
        ([S.COMPLETED, S.PENDING], O.IN_PROGRESS),
        ([S.FAILED, S.PENDING], O.IN_PROGRESS),
        ([S.PENDING, S.PENDING], O.PENDING),
        ([S.AMENDED, S.COMPLETED], O.COMPLETED),
    ],
)
def test_a_line_is_the_first_rule_that_matches(steps: list[StepState], state: OrderState) -> None:
    assert line_state(steps) is state


def test_a_line_given_up_by_an_operator_is_failed() -> None:
    assert line_state([S.PENDING, S.COMPLETED], given_up=True) is O.FAILED


def test_a_line_without_steps_takes_its_children() -> None:
    assert line_state([], [O.PENDING, O.HELD]) is O.HELD
    assert line_state([]) is O.COMPLETED


def test_a_line_with_steps_does_not_ask_its_children() -> None:
    assert line_state([S.COMPLETED], [O.PENDING]) is O.COMPLETED


def test_lines_that_agree_give_their_state() -> None:
    assert combined([O.CANCELLED, O.CANCELLED]) is O.CANCELLED


def test_a_mixed_end_is_partial() -> None:
    assert combined([O.COMPLETED, O.CANCELLED]) is O.PARTIAL


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([O.COMPLETED, O.HELD, O.IN_PROGRESS, O.PENDING], O.IN_PROGRESS),
        ([O.COMPLETED, O.HELD, O.PENDING], O.HELD),
        ([O.COMPLETED, O.PENDING], O.PENDING),
    ],
)
def test_before_the_end_the_liveliest_line_speaks(lines: list[OrderState], state: OrderState) -> None:
    assert order_state(lines) is state


def test_an_order_without_lines_rolls_up_its_steps() -> None:
    assert order_state([], [S.IN_PROGRESS]) is O.IN_PROGRESS
    assert order_state([], []) is O.COMPLETED


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ([], O.FAILED),
        ([S.COMPLETED, S.DISCARDED], O.FAILED),
        ([S.IN_PROGRESS], O.IN_PROGRESS),
        ([S.FAILED], O.IN_PROGRESS),
        ([S.SCHEDULED], O.IN_PROGRESS),
        ([S.FATALLY_FAILED, S.COMPLETED], O.HELD),
    ],
)
def test_a_line_with_a_step_given_up_fails_once_nothing_of_it_moves(others: list[StepState], state: OrderState) -> None:
    assert line_state(others, given_up=True) is state
