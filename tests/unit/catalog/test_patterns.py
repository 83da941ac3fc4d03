"""Patterns of fallout rules: regular expressions that no code and no pattern makes slow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule
from catalog.patterns import LONGEST, matches, problem_of
from catalog.places import Places
from catalog.shapes import validate


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("BUSY|HTTP_5..", ""),
        ("[", "unclosed character class"),
        ("a)|(b", "unopened group"),
        ("(?=a)b", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported"),
        ("a{1000}{1000}", "it grows too large: repeat less"),
        (r"\p{L}{500}", "it grows too large: repeat less"),
        ("x" * 501, f"it has 501 characters, and at most {LONGEST} are allowed"),
        ("(?x)a # b", "unclosed group"),
    ],
)
def test_what_cannot_be_matched_safely_is_no_pattern(pattern: str, problem: str) -> None:
    assert problem_of(pattern) == problem


def test_a_pattern_is_for_the_whole_code() -> None:
    rule = FalloutRule(name="busy", pattern="BUSY|HTTP_5..")
    codes = ("BUSY", "HTTP_503", "HTTP_5031", "NOT BUSY", "BUSY\n", "HTTP_5", "")
    assert [code for code in codes if rule.is_about(code)] == ["BUSY", "HTTP_503"]


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*b", "(.*)*x", "(a|b|ab)*c"])
def test_a_pattern_that_would_go_back_for_ever_does_not(pattern: str) -> None:
    assert problem_of(pattern) == ""
    assert not matches(pattern, "a" * 100_000)


def test_a_wrong_pattern_is_told_at_its_place() -> None:
    document = {"fallout_rules": {"busy": {"pattern": "(?<=x)y"}}}
    _, issues = validate(Environment, document, Places())
    assert [(each.path, each.message) for each in issues] == [
        (
            ("fallout_rules", "busy", "pattern"),
            "`pattern`: not a regular expression: look-around, including look-ahead and look-behind, is not supported.",
        )
    ]


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_a_pattern_or_says_why_not(pattern: str, code: str) -> None:
    if not problem_of(pattern):
        assert matches(pattern, code) in (True, False)


PLAIN = st.text("ab|()*+?.[]", min_size=1, max_size=8)


@given(PLAIN, st.text("ab", max_size=6))
def test_plain_patterns_mean_what_they_mean_in_python(pattern: str, code: str) -> None:
    try:
        expected = re.fullmatch(pattern, code) is not None
    except re.error:
        return
    # Python's `a++` never gives back what it took; here it is `(a+)+`.
    if not problem_of(pattern) and not re.search(r"[*+?]\+", pattern):
        assert matches(pattern, code) is expected
