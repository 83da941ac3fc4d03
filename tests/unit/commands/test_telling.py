"""The feed, the history and the figures, as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from fulfillment.outcomes import RetryLater
from fulfillment.states import OrderState, StepState
from orderbook.store import OrderBook
from service.settings import load
from tests.unit.commands.conftest import Dro
from tests.unit.orderbook.builders import NOON, a_batch, a_failure, a_fallout, a_step, a_task, accept, an_entry, minutes


@pytest.fixture
def book(dro: Dro) -> Iterator[OrderBook]:
    """The order book that the commands read, with an order that is under way."""
    assert dro("migrate").exit_code == 0
    found = OrderBook(load().database)
    accept(found)
    found.write_batch(
        a_batch(steps=(a_step(),), fallouts=(a_fallout(),), tasks=(a_task(),), audit=(an_entry("retry"),))
    )
    found.write_batch(a_batch(2, at=minutes(1), steps=(a_step(state=StepState.COMPLETED),), state=OrderState.COMPLETED))
    yield found
    found.close()


def test_the_feed_is_a_line_for_each_event_with_its_position(dro: Dro, book: OrderBook) -> None:
    lines = dro("orders", "events").stdout.splitlines()

    assert len(lines) == len(book.events())
    assert lines[0].startswith("1  ")
    assert lines[0].endswith("SO-1  command: accepted by ada (retry: asked to)")
    assert lines[-1].endswith("SO-1  order: in progress → completed")


def test_in_json_each_event_is_an_object_on_a_line_of_its_own(dro: Dro, book: OrderBook) -> None:
    shown = dro("orders", "events", "SO-1", "--json")

    events = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [each["position"] for each in events] == [each.position for each in book.events()]
    assert (events[1]["kind"], events[1]["subject"], events[1]["state"]) == ("step", "ship.pick", "in_progress")


def test_who_has_read_up_to_a_position_goes_on_after_it(dro: Dro, book: OrderBook) -> None:
    end = book.events_end()
    book.write_batch(a_batch(number="SO-2"))

    shown = dro("orders", "events", "--since", end, "--json")

    assert [json.loads(line)["number"] for line in shown.stdout.splitlines()] == ["SO-2"]


def test_the_feed_of_an_order_that_nobody_knows_is_refused(dro: Dro, book: OrderBook) -> None:
    shown = dro("orders", "events", "SO-9")

    assert shown.exit_code == 1
    assert "There is no order `SO-9`" in shown.stderr
    assert book.events(number="SO-9") == ()


def test_the_history_shows_commands_tries_and_decisions_with_what_came_of_them(dro: Dro, book: OrderBook) -> None:
    decision = RetryLater(delay=timedelta(seconds=5), rule="busy")
    book.record_attempt("SO-1", "ship.pick", 1, 1, at=NOON, failure=a_failure(), decision=decision)

    first, second = dro("orders", "history", "SO-1").stdout.splitlines()[1:]

    assert "attempt" in first
    assert "failed" in first
    assert "by rule `busy` tried again after 5 seconds" in first
    columns = [part.strip() for part in second[19:].split("  ") if part]
    assert columns == ["ada (operator)", "retry", "accepted", "asked to"]


def test_the_history_in_json_says_of_what_kind_each_entry_is(dro: Dro, book: OrderBook) -> None:
    assert book.history("SO-1")

    [entry] = json.loads(dro("orders", "history", "SO-1", "--json").stdout)

    assert (entry["kind"], entry["actor"], entry["action"]) == ("command", "ada", "retry")


def test_without_a_number_the_history_is_about_what_concerns_no_order(dro: Dro, book: OrderBook) -> None:
    assert "Nothing has happened" in dro("orders", "history").stderr
    book.record_stray("shipping", "There is no order `X`: {}", NOON)

    assert "not taken" in dro("orders", "history").stdout


def test_figures_in_json_have_every_part(dro: Dro, book: OrderBook) -> None:
    book.add_webhook("ops", 2)

    found = json.loads(dro("stats", "--json").stdout)

    assert {each["state"]: each["count"] for each in found["orders"]}["completed"] == 1
    assert [(each["system"], each["code"], each["count"]) for each in found["fallouts"]] == [("stock", "HTTP_503", 1)]
    assert [(each["queue"], each["count"]) for each in found["tasks"]] == [("logistics", 1)]
    assert {"systems", "at_risk", "steps", "at"} <= set(found)
    assert [(each["name"], each["behind"]) for each in found["webhooks"]] == [("ops", book.events_end() - 2)]


def test_figures_for_people_fit_one_screen(dro: Dro, book: OrderBook) -> None:
    book.add_webhook("ops", 2)

    lines = dro("stats").stdout.splitlines()

    assert lines[0] == "Orders: 1 completed"
    assert any(line.startswith("1") and "stock" in line and "HTTP_503" in line for line in lines)
    assert len(lines) < 30
