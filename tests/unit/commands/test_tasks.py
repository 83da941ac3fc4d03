"""`dro tasks`: with whom tasks are, as people and programs ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbook.store import OrderBook
from tests.unit.commands.conftest import Dro
from tests.unit.orderbook.builders import a_batch, a_task, accept
from tests.unit.service.shop import ENVIRONMENT, Shop

PEOPLE = """\
people:
  ada: {roles: [admin]}
  bob: {roles: [operator], queues: [logistics]}
  cy: {roles: [submitter]}
queues:
  logistics: {assignment: round_robin}
  desk: {members: [ada]}
"""


@pytest.fixture
def book(dro: Dro, shop: Shop) -> Iterator[OrderBook]:
    """An order book with two tasks in the queue of Bob, of which one was due long ago."""
    assert dro("migrate").exit_code == 0
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT + PEOPLE)
    opened = OrderBook(shop.settings().database)
    accept(opened)
    late = a_task("ship.pack").model_copy(update={"opened_at": a_task().opened_at - timedelta(days=3650)})
    late = late.model_copy(update={"due_after": timedelta(hours=1)})
    opened.write_batch(a_batch(tasks=(a_task("ship.check"), late)))
    yield opened
    opened.close()


def steps(dro: Dro, *options: str) -> list[str]:
    """Return the steps of the tasks that are listed with these options."""
    return [each["step"] for each in json.loads(dro("tasks", "list", *options, "--json").stdout)]


def test_listing_hands_out_what_nobody_has_had(dro: Dro, book: OrderBook) -> None:
    found = json.loads(dro("tasks", "list", "--json").stdout)

    assert [(each["step"], each["queue"], each["assignee"]) for each in found] == [
        ("ship.pack", "logistics", "bob"),
        ("ship.check", "logistics", "bob"),
    ]
    assert [each.actor for each in book.audit("SO-1")] == ["system", "system"]
    shown = dro("tasks", "list").stdout
    assert "bob" in shown
    assert "dro tasks complete SO-1 ship.check" in shown


@pytest.mark.usefixtures("book")
def test_tasks_are_listed_by_queue_by_person_and_by_due_date(dro: Dro) -> None:
    dro("tasks", "reassign", "SO-1", "ship.pack", "--to", "desk")

    assert steps(dro, "--queue", "desk") == ["ship.pack"]
    assert steps(dro, "--mine", "--actor", "bob") == ["ship.check"]
    assert steps(dro, "--mine") == []
    assert steps(dro, "--overdue") == ["ship.pack"]
    assert dro("tasks", "list", "--mine").stderr == "No such task waits for a person.\n"


def test_a_claim_that_is_refused_says_why_and_stands_in_the_history(dro: Dro, book: OrderBook) -> None:
    refused = dro("tasks", "claim", "SO-1", "ship.check")

    assert (refused.exit_code, "is with `bob` since" in refused.stderr) == (1, True)
    assert [(each.actor, each.role, each.accepted) for each in book.audit("SO-1")][-1] == ("ada", "admin", False)


@pytest.mark.usefixtures("book")
def test_a_claim_by_json_is_answered_by_json(dro: Dro) -> None:
    dro("tasks", "release", "SO-1", "ship.check")

    claimed = dro("tasks", "claim", "SO-1", "ship.check", "--actor", "bob", "--json")

    assert "is yours" in json.loads(claimed.stdout)["message"]


@pytest.mark.usefixtures("book")
def test_who_is_not_of_the_queue_does_not_complete_its_tasks(dro: Dro) -> None:
    dro("tasks", "list")

    refused = dro("tasks", "complete", "SO-1", "ship.check", "--actor", "cy")

    assert (refused.exit_code, "is no work of `cy`: `bob` has it" in refused.stderr) == (1, True)


@pytest.mark.usefixtures("book")
def test_tasks_are_listed_even_where_the_environment_cannot_be_read(dro: Dro, shop: Shop) -> None:
    (shop.environment / "environment.yaml").write_text("queues: 7\n")

    shown = dro("tasks", "list", "--json")

    assert len(json.loads(shown.stdout)) == 2
    assert "are not handed out" in shown.stderr
