"""With whom tasks are: handed out once, one winner of several, turns and loads, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from catalog.base import Refused
from catalog.environment import Environment
from fulfillment.commands import Answer
from fulfillment.progress import TaskProgress
from fulfillment.states import OrderState
from orderbook.store import OrderBook
from orderbook.tasks import HandOver
from service.handing import By
from service.tasks import Task, claim, hand_out, reassign, release, why_not_complete
from tests.unit.orderbook.builders import NOON, a_batch, a_task, accept, minutes

PEOPLE = {"ada": {"roles": ["admin"]}, "bob": {"roles": ["operator"]}, "cy": {"roles": ["operator"]}, "eve": {}}
HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00,13:00-17:00")
CHECK = Task("SO-1", "ship.check")


def environment(assignment: str = "none", **more: object) -> Environment:
    """Return an environment whose queue `logistics` is Bob's and Cy's."""
    logistics = {"members": ["bob", "cy"], "assignment": assignment, "calendar": "office"}
    queues = {"logistics": logistics, "desk": {"members": ["eve"], "assignment": "round_robin"}}
    return Environment.model_validate(
        {"people": PEOPLE, "queues": queues, "calendars": {"office": {"hours": HOURS}}, **more}
    )


def open_tasks(book: OrderBook, *tasks: TaskProgress) -> None:
    accept(book)
    book.write_batch(a_batch(tasks=tasks))


def by(actor: str, minute: float = 1) -> By:
    return By(actor, minutes(minute), reason="asked to")


def said(answer: Answer | Refused) -> str:
    return answer.message if isinstance(answer, Answer) else " ".join(str(each) for each in answer.issues)


def assignee(book: OrderBook, step: str = CHECK.step) -> str:
    return next(each.assignee for each in book.tasks(open_only=False) if each.step == step)


@pytest.fixture
def books(url: str) -> Iterator[tuple[OrderBook, ...]]:
    """The same book, opened as by several processes."""
    opened = tuple(OrderBook(url, busy_timeout=timedelta(seconds=10)) for _ in range(4))
    yield opened
    for each in opened:
        each.close()


def test_a_task_is_handed_out_once_and_due_in_working_time(book: OrderBook) -> None:
    open_tasks(book, a_task().model_copy(update={"due_after": timedelta(hours=6)}))

    assert (hand_out(book, environment(), minutes(1)), hand_out(book, environment(), minutes(2))) == (1, 0)

    [task] = book.tasks()
    assert (task.queue, task.assignee, task.due_at) == ("logistics", "", NOON + timedelta(hours=22))
    assert [(each.how, each.actor) for each in book.claims(*CHECK)] == [(HandOver.ASSIGNED, "system")]


def test_several_that_hand_out_at_once_hand_each_task_out_once_and_in_turns(books: tuple[OrderBook, ...]) -> None:
    steps = tuple(f"ship.check{n}" for n in range(8))
    open_tasks(books[0], *(a_task(each) for each in steps))

    with ThreadPoolExecutor(4) as threads:
        counts = threads.map(lambda book: hand_out(book, environment("round_robin"), minutes(1)), books)

    assert sum(counts) == 8
    assert Counter(each.assignee for each in books[0].tasks()) == {"bob": 4, "cy": 4}


def test_the_least_loaded_gets_the_next_task(book: OrderBook) -> None:
    open_tasks(book, a_task("ship.a"), a_task("ship.b"))
    reassign(book, environment(), Task("SO-1", "ship.a"), by("ada"), "bob")
    reassign(book, environment(), Task("SO-1", "ship.b"), by("ada"), "bob")
    more = (a_task(f"ship.{name}") for name in "cdef")
    book.write_batch(a_batch(2, tasks=tuple(more)))

    hand_out(book, environment("least_loaded"), minutes(1))

    assert [assignee(book, f"ship.{name}") for name in "cdef"] == ["cy", "cy", "bob", "cy"]


def test_an_assignment_rule_decides_before_the_queue(book: OrderBook) -> None:
    rules = {"one": {"step": "ship.a", "to": "ada"}, "two": {"product": "LAPTOP", "to": "desk"}}
    laptop = {"products": ("LAPTOP",)}
    open_tasks(book, a_task("ship.a~0123456789"), a_task("ship.b@L1").model_copy(update=laptop))

    hand_out(book, environment("round_robin", assignment_rules=rules), minutes(1))

    assert [(each.step, each.queue, each.assignee) for each in book.tasks()] == [
        ("ship.a~0123456789", "logistics", "ada"),
        ("ship.b@L1", "desk", "eve"),
    ]
    assert [each.detail for each in book.audit("SO-1")] == [
        "with `ada` in the queue `logistics`: assignment rule `one`",
        "with `eve` in the queue `desk`: assignment rule `two`, members take turns",
    ]


def test_of_several_who_claim_a_task_at_once_one_wins_and_the_others_are_told_who(books: tuple[OrderBook, ...]) -> None:
    open_tasks(books[0], a_task())
    here = environment("none", people={f"p{n}": {"roles": ["operator"], "queues": ["logistics"]} for n in range(4)})

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: claim(books[n], here, CHECK, by(f"p{n}")), range(4)))

    winner = assignee(books[0])
    assert [n for n, each in enumerate(answers) if isinstance(each, Answer)] == [int(winner[1:])]
    told = {said(each) for each in answers if isinstance(each, Refused)}
    assert len(told) == 1
    assert f"is with `{winner}` since 2026-11-25 12:01:00 UTC" in told.pop()
    assert Counter(each.accepted for each in books[0].audit("SO-1") if each.action == "claim") == {True: 1, False: 3}


def test_claiming_again_changes_nothing(book: OrderBook) -> None:
    open_tasks(book, a_task())
    claim(book, environment(), CHECK, by("bob"))

    assert "is with you already" in said(claim(book, environment(), CHECK, by("bob", 2)))
    assert [each.how for each in book.claims(*CHECK)] == [HandOver.ASSIGNED, HandOver.CLAIMED]


def test_a_task_is_claimed_by_members_of_its_queue_and_by_admins_alone(book: OrderBook) -> None:
    open_tasks(book, a_task())

    refused = claim(book, environment(), CHECK, by("eve"))

    assert "is no work of `eve`: it is for the members of the queue `logistics` (bob, cy)." in said(refused)
    assert isinstance(claim(book, environment(), CHECK, by("ada")), Answer)


def test_where_nobody_is_declared_everybody_may_take_and_hand_on(book: OrderBook) -> None:
    open_tasks(book, a_task())

    assert isinstance(claim(book, Environment(), CHECK, by("anybody")), Answer)
    assert isinstance(reassign(book, Environment(), CHECK, by("else"), "somebody"), Answer)
    assert assignee(book) == "somebody"


def test_a_released_task_waits_for_whoever_takes_it(book: OrderBook) -> None:
    open_tasks(book, a_task())
    claim(book, environment(), CHECK, by("bob"))

    assert "for whoever takes it" in said(release(book, environment(), CHECK, by("bob", 2)))
    assert isinstance(claim(book, environment(), CHECK, by("cy", 3)), Answer)


def test_a_task_is_released_by_whose_work_it_is_and_by_operators(book: OrderBook) -> None:
    open_tasks(book, a_task())
    claim(book, environment(), CHECK, by("bob"))

    assert "is no work of `eve`: `bob` has it" in said(release(book, environment(), CHECK, by("eve")))
    assert isinstance(release(book, environment(), CHECK, by("cy")), Answer)


def test_a_task_that_is_handed_on_to_a_queue_goes_to_the_next_of_its_members(book: OrderBook) -> None:
    open_tasks(book, a_task())

    answer = reassign(book, environment(), CHECK, by("bob"), "desk")

    assert said(answer) == "Task `ship.check` of order SO-1 is with `eve` now, in the queue `desk`."
    [*_, last] = book.claims(*CHECK)
    assert (last.queue, last.queued_at, last.actor, last.reason) == ("desk", minutes(1), "bob", "asked to")


def test_a_task_is_handed_on_to_names_that_are_known(book: OrderBook) -> None:
    open_tasks(book, a_task())

    refused = reassign(book, environment(), CHECK, by("bob"), "deks")

    assert "There is neither a person nor a queue `deks`. Did you mean `desk`?" in said(refused)


def test_a_task_that_is_not_open_is_told_from_one_that_was_completed(book: OrderBook) -> None:
    open_tasks(book, a_task(completed_at=minutes(5)).model_copy(update={"actor": "bob"}))

    assert "no open task `ship.other`" in said(claim(book, environment(), Task("SO-1", "ship.other"), by("bob")))
    assert "was completed by `bob` at 2026-11-25 12:05:00 UTC" in said(claim(book, environment(), CHECK, by("cy")))
    refused = why_not_complete(book, environment(), CHECK, "cy")
    assert refused
    assert "was completed by `bob`" in said(refused)


def test_a_task_is_completed_by_its_assignee_its_queues_members_and_admins(book: OrderBook) -> None:
    open_tasks(book, a_task())
    reassign(book, environment(), CHECK, by("ada"), "eve")

    assert [why_not_complete(book, environment(), CHECK, each) for each in ("eve", "bob", "ada")] == [None] * 3
    release(book, environment(), CHECK, by("ada", 2))
    refused = why_not_complete(book, environment(), CHECK, "eve")
    assert refused
    assert "is no work of `eve`" in said(refused)


def test_a_task_that_opens_again_is_handed_out_again(book: OrderBook) -> None:
    open_tasks(book, a_task())
    claim(book, environment(), CHECK, by("bob"))
    book.write_batch(a_batch(2, tasks=(a_task().model_copy(update={"opened_at": minutes(9)}),)))

    assert assignee(book) == ""
    assert hand_out(book, environment(), minutes(10)) == 1


def test_tasks_of_an_order_that_has_ended_wait_for_nobody(book: OrderBook) -> None:
    open_tasks(book, a_task())
    book.write_batch(a_batch(2, state=OrderState.FAILED))

    assert hand_out(book, environment(), minutes(1)) == 0
    assert "no open task" in said(claim(book, environment(), CHECK, by("bob")))
