"""The page on states is drawn from the tables: `python -m tests.unit.fulfillment.test_states_page` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from catalog.people import Role
from fulfillment.authority import MAY
from fulfillment.eligibility import TABLE
from fulfillment.states import StepState
from fulfillment.transitions import mermaid

PAGE = Path(__file__).parent.parent.parent.parent / "docs/states.md"


def table(rows: Iterable[Iterable[str]]) -> str:
    head, *body = [tuple(each) for each in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def eligibility() -> str:
    """Return the table of commands by state, as Markdown; why not is what the refusal says."""
    head = ["state", *(kind.value for kind in TABLE)]
    return table(
        [head, *([state.value, *("" if TABLE[kind][state] else "yes" for kind in TABLE)] for state in StepState)]
    )


def authority() -> str:
    """Return the table of roles by command, as Markdown."""
    head = ["command", *(role.value for role in Role)]
    return table([head, *([kind, *("yes" if role in roles else "" for role in Role)] for kind, roles in MAY.items())])


def test_the_page_has_the_diagram_of_the_transition_table() -> None:
    assert mermaid().strip() in PAGE.read_text()


def test_the_page_has_the_eligibility_table() -> None:
    assert eligibility() in PAGE.read_text()


def test_the_page_has_the_table_of_roles() -> None:
    assert authority() in PAGE.read_text()


def written_anew(page: str) -> str:
    """Return the page with its diagram and its tables as they are now."""
    parts = {
        r"stateDiagram-v2\n.*?(?=```)": mermaid().strip() + "\n",
        r"\| state \| retry .*?(?=\n\n)": eligibility(),
        r"\| command \| admin .*?(?=\n\n)": authority(),
    }
    for pattern, part in parts.items():
        page = re.sub(pattern, lambda _, part=part: part, page, flags=re.DOTALL)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(written_anew(PAGE.read_text()))
