"""The benchmark of changes measures changes that mean something."""

from __future__ import annotations

from benchmarks.change import measured


def test_a_tenth_of_the_lines_each_changes_goes_and_comes() -> None:
    figures = measured(10)
    assert figures["steps"] == 40
    # One line's two done steps are done anew, another one's undone, and a new one has four.
    assert figures["steps_after"] == 40 + 2 + (2 + 2) + 4
    assert all(figures[name] > 0 for name in ("plan_seconds", "same_over_plan", "amend_over_plan", "cancel_over_plan"))
