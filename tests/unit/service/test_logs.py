"""The log, in both its forms."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from activities.watch import PLACE
from orderbook.errors import BookUnreachable
from service.logs import JsonLines, Placing, TextLines


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("service.clock", logging.WARNING, __file__, 1, message, arguments, None)


def failed(error: Exception) -> logging.LogRecord:
    """Return the record that tells of an error, as the handler gets it."""
    told = record("Completing activity as failed")
    try:
        raise error
    except type(error):
        told.exc_info = sys.exc_info()
    Placing().filter(told)
    return told


@pytest.fixture
def in_a_call() -> Iterator[None]:
    before = PLACE.set({"order": "SHOP-1", "step": "pack@L1", "attempt": 2})
    yield
    PLACE.reset(before)


def test_a_json_line_holds_time_level_and_the_whole_message() -> None:
    line = json.loads(JsonLines().format(record("Order %s:\nlate", "SHOP-1")))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "service.clock", "Order SHOP-1:\nlate")
    assert line["at"].endswith("+00:00")


def test_a_json_line_holds_the_error_behind_it() -> None:
    told = record("broken")
    try:
        raise ZeroDivisionError("nothing to share")
    except ZeroDivisionError:
        told.exc_info = sys.exc_info()
    line = JsonLines().format(told)
    assert "\n" not in line
    assert "ZeroDivisionError: nothing to share" in json.loads(line)["error"]


@pytest.mark.usefixtures("in_a_call")
def test_what_is_logged_in_a_call_says_order_step_and_attempt_in_both_forms() -> None:
    told = record("slow")
    Placing().filter(told)
    line = json.loads(JsonLines().format(told))
    assert (line["order"], line["step"], line["attempt"]) == ("SHOP-1", "pack@L1", 2)
    assert TextLines().format(told).endswith("service.clock: slow order=SHOP-1 step=pack@L1 attempt=2")


@pytest.mark.usefixtures("in_a_call")
def test_what_a_record_says_itself_holds() -> None:
    told = record("parked")
    told.step = "ship@L1"
    Placing().filter(told)
    assert json.loads(JsonLines().format(told))["step"] == "ship@L1"


def test_outside_any_order_there_are_no_fields() -> None:
    told = record("swept")
    Placing().filter(told)
    assert set(json.loads(JsonLines().format(told))) == {"at", "level", "logger", "message"}
    assert TextLines().format(told).endswith("service.clock: swept")


def test_what_temporal_logs_of_a_workflow_names_its_order() -> None:
    told = record("late")
    told.temporal_workflow = {"workflow_id": "order/SHOP-1"}
    Placing().filter(told)
    assert json.loads(JsonLines().format(told))["order"] == "SHOP-1"


def test_a_database_that_does_not_answer_is_told_without_traceback() -> None:
    for form in (JsonLines(), TextLines()):
        line = form.format(failed(BookUnreachable("postgresql://db/dro", "connection refused")))
        assert "Traceback" not in line
        assert "Completing activity as failed: " in line
        assert "connection refused" in line


def test_what_nobody_foresaw_keeps_its_traceback() -> None:
    assert "ZeroDivisionError" in TextLines().format(failed(ZeroDivisionError()))
