"""The reference page says what the language does: its functions, limits and examples are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.expressions import FUNCTIONS, limits, parse

PAGE = (Path(__file__).parents[4] / "docs" / "expressions.md").read_text(encoding="utf-8")
EXAMPLES = PAGE.split("```python\n")[1].split("```")[0].splitlines()


def test_the_page_has_every_function_with_its_usage_and_summary() -> None:
    rows = [f"| `{each.usage}` | {each.summary} |" for each in FUNCTIONS.values()]
    section = PAGE.split("## Functions")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == rows


@pytest.mark.parametrize("source", EXAMPLES)
def test_the_examples_of_the_page_are_expressions(source: str) -> None:
    assert parse(source).references != ()


@pytest.mark.parametrize(
    "row",
    [
        f"| length of an expression | {limits.SOURCE_LENGTH:,} characters |",
        f"| nesting: brackets, operands, dotted access | {limits.DEPTH} levels |",
        f"| digits of a literal number | {limits.DIGITS} |",
        f"| size of a number | zero, or from 10 to the -{limits.SMALLEST} to below 10 to the {limits.DIGITS} |",
        f"| a text that an expression builds | {limits.TEXT_LENGTH:,} characters |",
        f"| work of one evaluation | {limits.STEPS:,} steps |",
        f"| values in a result | {limits.RESULT_SIZE:,} |",
    ],
)
def test_the_page_has_the_limits(row: str) -> None:
    assert row in PAGE


@pytest.mark.parametrize("claim", re.findall(r"`([^`]+)` is `([^`]+)`", PAGE))
def test_the_results_that_the_page_claims_are_right(claim: tuple[str, str]) -> None:
    source, result = claim
    assert parse(source).evaluate({}) == parse(result).evaluate({})
