"""Exactly once, counted by subject and wanted round."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from examples.smartbytes.backoffice.ledger import Entry, doubled_effects, round_of


def an_entry(sequence: int, key: str, amount: str | None = "12.50", line: str = "L1") -> Entry:
    return Entry(
        sequence=sequence,
        at=datetime(2026, 11, 25, tzinfo=UTC),
        system="payments",
        operation="capture",
        order="ORD-1",
        line=line,
        quantity=Decimal(1),
        amount=None if amount is None else Decimal(amount),
        key=key,
        round=round_of(key, "ORD-1"),
    )


def test_one_effect_per_subject_is_not_doubled() -> None:
    assert doubled_effects((an_entry(1, "ORD-1/pay.capture/1"), an_entry(2, "ORD-1/pay.capture/1", line="L2"))) == ()


def test_an_effect_wanted_in_two_rounds_may_happen_twice() -> None:
    assert doubled_effects((an_entry(1, "ORD-1/pay.capture/1"), an_entry(2, "ORD-1/pay.capture/2"))) == ()


def test_two_effects_in_the_same_round_are_doubled_whatever_step_asked_for_them() -> None:
    [found] = doubled_effects((an_entry(1, "ORD-1/pay.capture/1"), an_entry(2, "ORD-1/other.capture/1")))
    assert (found.line, found.rounds, found.sequences) == ("L1", (1,), (1, 2))
    assert found.keys == ("ORD-1/pay.capture/1", "ORD-1/other.capture/1")


def test_a_random_key_for_an_old_effect_is_doubled() -> None:
    [found] = doubled_effects((an_entry(1, "ORD-1/pay.capture/1"), an_entry(2, uuid.uuid4().hex)))
    assert found.sequences == (1, 2)


def test_random_keys_alone_are_doubled() -> None:
    [found] = doubled_effects((an_entry(1, uuid.uuid4().hex), an_entry(2, uuid.uuid4().hex)))
    assert found.rounds == ()


def test_a_single_effect_under_a_random_key_is_no_doubling() -> None:
    assert doubled_effects((an_entry(1, uuid.uuid4().hex),)) == ()


def test_a_third_effect_in_two_rounds_is_doubled() -> None:
    keys = ("ORD-1/pay.capture/1", "ORD-1/pay.capture/2", "ORD-1/pay.capture/2")
    [found] = doubled_effects(tuple(an_entry(number, key) for number, key in enumerate(keys, 1)))
    assert (found.rounds, len(found.sequences)) == ((1, 2), 3)


def test_amounts_are_compared_by_value_not_by_their_digits() -> None:
    [found] = doubled_effects((an_entry(1, "ORD-1/a.b/1", "12.5"), an_entry(2, "ORD-1/a.b/1", "12.50")))
    assert found.amount == Decimal("12.5")


def test_another_amount_is_another_subject() -> None:
    assert doubled_effects((an_entry(1, "ORD-1/a.b/1", "12.50"), an_entry(2, "ORD-1/a.b/1", "13.00"))) == ()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ORD-1/ship.pack@LAPTOP@L1#2/3", 3),
        ("ORD-1/step/x", None),
        ("ORD-1/3", None),
        ("ORD-2/step/3", None),
        ("b7c9e0/step/2", None),
        (uuid.UUID(int=7).hex, None),
    ],
)
def test_only_a_key_of_the_orders_own_form_has_a_round(key: str, expected: int | None) -> None:
    assert round_of(key, "ORD-1") == expected
