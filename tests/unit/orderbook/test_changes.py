"""Changes of orders in the book: what was asked for, what came of it, which version is in force, what is withdrawn."""

from __future__ import annotations

from datetime import datetime

from decomposition.revisions import RevisionKind
from fulfillment.progress import Batch, ChangeProgress, ChangeState, TaskProgress
from orderbook.claims import NewClaim
from orderbook.store import OrderBook
from orderbook.tasks import Claim, HandOver, OpenTask
from orderbook.views import Acceptance, OrderView
from tests.unit.orderbook.builders import LAPTOP, NOON, a_batch, a_task, accept, an_entry, an_order, minutes

OTHER = an_order(price="999.00")


def a_change(
    number_of: int = 1,
    state: ChangeState = ChangeState.APPLIED,
    version: int = 0,
    kind: RevisionKind = RevisionKind.AMEND,
) -> ChangeProgress:
    decided = None if state is ChangeState.PLANNING else minutes(3)
    return ChangeProgress(
        number_of=number_of, kind=kind, state=state, asked_at=minutes(2), actor="ada", role="operator",
        reason="asked to", order=OTHER.digest, base=1, version=version, decided_at=decided,
    )  # fmt: skip


def with_changes(n: int, *changes: ChangeProgress) -> Batch:
    return a_batch(n).model_copy(update={"changes": changes})


def shown(book: OrderBook) -> OrderView:
    order = book.show("SO-1")
    assert order is not None
    return order


def test_a_version_that_was_asked_for_is_found_by_its_content(book: OrderBook) -> None:
    accept(book)

    book.add_version(OTHER, base=1, at=NOON, actor="ada", reason="cheaper")
    book.add_version(OTHER, base=2, at=minutes(1), actor="bob")

    assert book.version("SO-1", OTHER.digest) == OTHER
    assert book.version("SO-2", OTHER.digest) is None


def test_an_order_tells_its_version_and_its_changes(book: OrderBook) -> None:
    accept(book)
    assert (shown(book).version, shown(book).changes) == (1, ())

    book.write_batch(with_changes(1, a_change(version=2), a_change(2, ChangeState.REFUSED)))

    assert shown(book).version == 2
    assert shown(book).changes == (a_change(version=2), a_change(2, ChangeState.REFUSED))


def test_a_restarted_run_goes_on_from_the_changes_that_the_book_knows(book: OrderBook) -> None:
    accept(book)
    book.write_batch(with_changes(1, a_change(state=ChangeState.PLANNING)))

    known = book.progress("SO-1")

    assert known is not None
    assert known.changes == (a_change(state=ChangeState.PLANNING),)


def test_the_feed_tells_each_state_of_a_change_once(book: OrderBook) -> None:
    book.write_batch(with_changes(1, a_change(state=ChangeState.PLANNING)))
    book.write_batch(with_changes(2, a_change(version=2)))
    book.write_batch(with_changes(3, a_change(version=2)))

    told = [(each.subject, each.before, each.state, each.actor) for each in book.events(names=["change"])]

    assert told == [("1", "", "planning", "ada"), ("1", "planning", "applied", "ada")]


def test_a_change_that_a_replaced_batch_told_of_is_gone(book: OrderBook) -> None:
    accept(book)
    book.write_batch(with_changes(1, a_change(state=ChangeState.PLANNING)))

    assert book.write_batch(a_batch(1, audit=(an_entry("hold"),))).replaced

    assert shown(book).changes == ()
    assert [each.name for each in book.events(names=["change"])] == ["change_planning", "change_withdrawn"]


def test_an_order_that_was_changed_to_some_content_is_the_same_order(book: OrderBook) -> None:
    accept(book)
    book.add_version(OTHER, base=1, at=NOON, actor="ada")
    assert handed_in(book) is Acceptance.CONFLICT
    book.write_batch(with_changes(1, a_change(state=ChangeState.REFUSED)))
    assert handed_in(book) is Acceptance.CONFLICT

    book.write_batch(with_changes(2, a_change(2, version=2)))

    assert handed_in(book) is Acceptance.SAME


def handed_in(book: OrderBook) -> Acceptance:
    return book.add_order(OTHER, catalog=LAPTOP.digest, at=NOON, actor="ada").kind


def withdrawn(at: datetime | None) -> TaskProgress:
    return a_task().model_copy(update={"withdrawn_at": at})


def test_a_withdrawn_task_leaves_the_lists_and_nobody_can_take_it(book: OrderBook) -> None:
    accept(book)
    book.write_batch(a_batch(tasks=(withdrawn(None),)))
    assert [each.step for each in book.tasks()] == ["ship.check"]
    assert shown(book).open_tasks == 1

    book.write_batch(a_batch(2, tasks=(withdrawn(minutes(4)),)))

    assert (book.tasks(), book.open_tasks(), shown(book).open_tasks) == ((), (), 0)
    assert book.hand_over("SO-1", "ship.check", taken) is None
    assert [each.step for each in book.tasks(open_only=False)] == ["ship.check"]
    assert [each.name for each in book.events(names=["task"])] == ["task_opened", "task_withdrawn"]
    assert book.figures().tasks == ()


def taken(found: OpenTask | None) -> NewClaim | None:
    claim = Claim(no=1, at=NOON, how=HandOver.CLAIMED, queue=None, queued_at=NOON, assignee="ann", actor="ann")
    return None if found is None else NewClaim(claim, an_entry("claim"))
