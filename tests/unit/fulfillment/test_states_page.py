"""The page on states is drawn from the tables: `python -m tests.unit.fulfillment.test_states_page` prints them."""

from __future__ import annotations

from pathlib import Path

from fulfillment.eligibility import TABLE
from fulfillment.states import StepState
from fulfillment.transitions import mermaid

PAGE = Path(__file__).parent.parent.parent.parent / "docs/states.md"


def eligibility() -> str:
    """Return the table of commands by state, as Markdown."""
    head = ["state", *(kind.value for kind in TABLE)]
    rows = [[state.value, *(TABLE[kind][state] or "**yes**" for kind in TABLE)] for state in StepState]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def test_the_page_has_the_diagram_of_the_transition_table() -> None:
    assert mermaid().strip() in PAGE.read_text()


def test_the_page_has_the_eligibility_table() -> None:
    assert eligibility() in PAGE.read_text()


if __name__ == "__main__":
    print(mermaid())
    print(eligibility())
