"""Whatever is not of the language is refused before it is evaluated, with its column (`domain.md` X4)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.expressions import EvaluationError, ExpressionError, parse

HOSTILE = [
    ("", 1, "empty"),
    (" \n ", 1, "empty"),
    ("x\0", 2, "U+0000"),
    ("order\u202e.total", 6, "U+202E"),
    ("'\ud800'", 2, "U+D800"),
    ("'\\ud800'", 1, "half a character"),
    ("9" * 29, 1, "28 digits"),
    ("x + " + "9" * 1900, 5, "28 digits"),
    ("x" * 2001, 2001, "2,001 characters"),
    ("9" * 10_000_000, 2001, "10,000,000 characters"),
    ("__import__('os')", 1, "`__import__`"),
    ("x.__class__", 3, "`__class__`"),
    ("x._private", 3, "`_private`"),
    ("[_ for _ in xs]", 2, "`_`"),
    ("lambda: 1", 1, "`lambda`"),
    ("(x := 1)", 4, "`:=`"),
    ("f'{x}'", 1, "prefix `f`"),
    ("x + b'a'", 5, "prefix `b`"),
    ("max(*xs)", 5, "not part"),
    ("max(**xs)", 5, "`**`"),
    ("max(x, key=1)", 11, "`=`"),
    ("[*xs]", 2, "not part"),
    ("{**x}", 2, "`**`"),
    ("{x: 1}", 2, "text literal"),
    ("{'a': 1, 'a': 2}", 10, "twice"),
    ("{1, 2}", 1, "not part"),
    ("1, 2", 1, "not part"),
    ("(1, 2)", 1, "not part"),
    ("x[1:2]", 3, "not part"),
    ("x[true]", 3, "integer or a text"),
    ("x[1.5]", 3, "integer or a text"),
    ("2 ** 9", 3, "`**`"),
    ("x | y", 3, "`|`"),
    ("x & y", 3, "`&`"),
    ("~x", 1, "`~`"),
    ("+x", 1, "not part"),
    ("x @ y", 3, "`@`"),
    ("x; y", 2, "`;`"),
    ("x # y", 3, "`#`"),
    ("...", 1, "not part"),
    ("await x", 1, "`await`"),
    ("yield", 1, "`yield`"),
    ("x.class", 3, "`class`"),
    ("x.upper()", 1, "can be called"),
    ("x[0]()", 1, "can be called"),
    ("(max)(1)(2)", 1, "can be called"),
    ("'a' 'b'", 5, "side by side"),
    ("x == 'abc", 6, "not closed"),
    ("'a\nb'", 1, "not closed"),
    ("'\\d'", 2, r"`\d`"),
    ("'\\N{DASH}'", 2, r"`\N`"),
    ("0x10", 1, "`0x10`"),
    ("1e999", 1, "`1e999`"),
    ("1_000", 1, "`1_000`"),
    ("007", 1, "`007`"),
    ("1if x else 2", 1, "`1if`"),
    ("ｏrder", 1, "`ｏrder`"),
    ("x is 5", 6, "`is`"),
    ("1 < 2 in xs", 10, "chain"),
    ("[a for a in b for c in d]", 19, "one `for`"),
    ("[a for a, b in c]", 8, "one variable"),
    ("[[a for a in b] for a in c]", 9, "already has a meaning"),
    ("{k: v for k in x}", 1, "not part"),
    ("(x for x in xs)", 1, "not part"),
    ("round(x for x in xs)", 6, "not part"),
    ("a) + (b", 2, "closes nothing"),
    ("[1, 2)", 6, "closes nothing"),
    ("[1, 2", 1, "not closed"),
    ("a..b", 3, "not well formed"),
    ("a if b", 1, "not well formed"),
    ("(" * 33 + "1" + ")" * 33, 33, "32 levels"),
    ("(" * 1000, 33, "32 levels"),
    ("[" * 999 + "]" * 999, 33, "32 levels"),
    ("-" * 1999 + "1", 33, "32 levels"),
    ("not " * 400 + "x", 129, "32 levels"),
    ("x" + ".a" * 900, 1, "32 levels"),
    ("1" + "+1" * 900, 1, "32 levels"),
    ("1 if a else " * 160 + "1", 373, "32 levels"),
]


@pytest.mark.parametrize(("source", "column", "words"), HOSTILE, ids=lambda v: str(v)[:24])
def test_a_hostile_source_is_refused_with_its_column(source: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(source)
    assert (refused.value.column, words in refused.value.message) == (column, True), refused.value


def test_a_function_that_is_not_listed_is_never_called() -> None:
    with pytest.raises(EvaluationError, match=r"column 5: There is no function `eval`."):
        parse("1 + eval('1')").evaluate({})


def test_fields_are_keys_and_never_attributes_of_the_value() -> None:
    assert parse("x.keys").evaluate({"x": {"a": 1}}) is None
    with pytest.raises(EvaluationError, match="Text has no field `upper`"):
        parse("x.upper").evaluate({"x": "a"})


def test_nesting_of_thirty_two_levels_is_allowed() -> None:
    assert parse("[" * 32 + "]" * 32).references == ()
    assert parse("1" + " + 1" * 31).evaluate({}) == 32


_PIECES = [
    *string.printable,
    "and ",
    "not ",
    "lambda ",
    "for x in ",
    "if ",
    "**",
    "'",
    "(",
    "[",
    "{",
    "\0",
    "é",
    "\u2028",
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else_happens(source: str) -> None:
    try:
        column = len(parse(source).source)
    except ExpressionError as error:
        column = error.column - 1
    assert 0 <= column <= len(source)
