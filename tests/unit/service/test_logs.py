"""The log, in both its forms."""

from __future__ import annotations

import json
import logging
import sys

from service.logs import JsonLines


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("service.clock", logging.WARNING, __file__, 1, message, arguments, None)


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
