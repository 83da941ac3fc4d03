"""How an answer of a system is read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.systems import OutputMapping
from catalog.values import Value, ValueType, as_record
from fulfillment.answers import WrongAnswer, error_of, parse_body, read_outputs, response, succeeded


def test_numbers_keep_the_digits_they_were_sent_with() -> None:
    assert parse_body('{"total": 10.10, "parts": [1, 2.0]}') == {
        "total": Decimal("10.10"),
        "parts": (1, Decimal("2.0")),
    }


def test_what_no_database_keeps_is_replaced() -> None:
    assert parse_body(r'{"a": "\ud800x\u0000"}') == {"a": "?x\ufffd"}


def test_an_empty_body_is_null() -> None:
    assert parse_body(" \n") is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>", "not JSON"),
        ('{"a": NaN}', "NaN is no number"),
        ("1" * 5_000, "not JSON"),
        ("[" * 100_000, "64 levels|not JSON"),
        ("[" * 70 + "]" * 70, "64 levels"),
        (" " * 1_000_000 + "1", "1,000,001 characters"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_wrong_answer(body: str, words: str) -> None:
    with pytest.raises(WrongAnswer, match=words):
        parse_body(body)


def mapping(name: str, of: ValueType = ValueType.TEXT, *, optional: bool = False) -> OutputMapping:
    return OutputMapping(name=name, type=of, value=f"response.body.{name}", optional=optional)


def test_outputs_are_typed_and_sorted() -> None:
    body: Value = {"total": Decimal("10.10"), "day": "2026-11-25"}
    outputs = read_outputs((mapping("total", ValueType.MONEY), mapping("day", ValueType.DATE)), response(200, body))
    assert [each.name for each in outputs] == ["day", "total"]
    assert as_record(outputs)["total"] == Decimal("10.10")


def test_an_optional_output_may_be_missing() -> None:
    assert read_outputs((mapping("note", optional=True),), response(200, {}))[0].text is None


def test_all_problems_of_an_answer_are_told_together() -> None:
    with pytest.raises(WrongAnswer) as caught:
        read_outputs((mapping("id"), mapping("count", ValueType.INTEGER)), response(200, {"count": "many"}))
    assert "Output `id` is missing" in str(caught.value)
    assert "expected an integer, got 'many'" in str(caught.value)


def test_an_answer_that_is_no_record_is_wrong_and_no_crash() -> None:
    with pytest.raises(WrongAnswer, match="has no field `id`"):
        read_outputs((mapping("id"),), response(200, "fine"))


@pytest.mark.parametrize(("status", "expected"), [(199, False), (200, True), (299, True), (300, False), (503, False)])
def test_without_an_expression_the_status_tells_success(status: int, expected: bool) -> None:
    assert succeeded(None, response(status, None)) is expected


def test_the_success_expression_decides() -> None:
    assert succeeded("response.body.ok", response(500, {"ok": True}))
    assert not succeeded("response.body.ok", response(200, {"ok": False}))


def test_an_error_page_without_the_field_is_a_failure_but_a_success_without_it_is_wrong() -> None:
    assert not succeeded("response.body.ok", response(503, "<html>"))
    with pytest.raises(WrongAnswer, match=r"response\.body\.ok"):
        succeeded("response.body.ok", response(200, "<html>"))


def test_the_error_is_read_from_the_answer_or_derived_from_its_status() -> None:
    code, message = "response.body.code", "response.body.message"
    assert error_of(code, message, response(409, {"code": "NO_STOCK", "message": "none left"})) == (
        "NO_STOCK",
        "none left",
    )
    assert error_of(code, message, response(503, "<html>")) == ("HTTP_503", "The system answered with status 503.")


def test_an_error_is_cut_to_a_bearable_length() -> None:
    code, message = error_of("response.body.c", "response.body.c", response(400, {"c": "x" * 9_000}))
    assert (len(code), len(message)) == (100, 2_000)
