"""Keys and ids (`domain.md` D1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.values import Value
from decomposition.keys import key_text, step_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, Decimal("1.00")),
        (Decimal("1.50"), Decimal("1.5")),
        ((Decimal("2.0"), "a"), (2, "a")),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    ],
)
def test_equal_keys_have_one_text(one: Value, other: Value) -> None:
    assert key_text(one) == key_text(other)


def test_keys_of_different_kinds_differ() -> None:
    keys: list[Value] = [1, "1", True, date(2026, 1, 1), "2026-01-01", (1,), ("1",)]
    assert len({key_text(each) for each in keys}) == len(keys)


@pytest.mark.parametrize("key", [None, ("a", None), {"a": (None,)}])
def test_a_null_anywhere_is_no_key(key: Value) -> None:
    assert key_text(key) is None


def test_an_id_is_cut_only_over_120_characters_and_stays_different() -> None:
    just = "@" + "x" * 116
    assert step_id("g.s", just) == "g.s" + just
    assert step_id("g.s", just + "x").startswith("g.s~")
    one, other = step_id("g.s", "@" + "x" * 200 + "1"), step_id("g.s", "@" + "x" * 200 + "2")
    assert one != other
    assert one.startswith("g.s~")
    assert len(one) == len("g.s~") + 10
