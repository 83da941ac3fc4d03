"""The table of a step's life."""

from __future__ import annotations

import pytest

from fulfillment.rollup import ENDED
from fulfillment.states import StepState
from fulfillment.transitions import TABLE, Happening, NoSuchMove, mermaid, move


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("happening", Happening)
def test_a_move_is_in_the_table_or_raises(state: StepState, happening: Happening) -> None:
    if happening in TABLE[state]:
        assert move(state, happening) is TABLE[state][happening]
    else:
        with pytest.raises(NoSuchMove, match=state.value):
            move(state, happening)


def test_an_ended_step_moves_no_more_but_that_a_change_may_undo_what_is_completed() -> None:
    assert [state for state in ENDED if TABLE[state]] == [StepState.COMPLETED]
    assert set(TABLE[StepState.COMPLETED].values()) == {StepState.CANCELLED, StepState.AMENDED}


def test_every_happening_moves_some_step() -> None:
    assert {happening for moves in TABLE.values() for happening in moves} == set(Happening)


def test_the_diagram_shows_every_move() -> None:
    diagram = mermaid()
    arrows = [f"{state} --> {to}: {why}" for state, moves in TABLE.items() for why, to in moves.items()]
    assert all(f"    {arrow}\n" in diagram for arrow in arrows)
    assert diagram.startswith("stateDiagram-v2\n    [*] --> pending\n")
    ends = ("amended", "cancelled", "completed", "discarded", "skipped")
    assert diagram.endswith("\n".join(f"    {each} --> [*]" for each in ends))
