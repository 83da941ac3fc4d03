"""The operator's desk on a real server: input edited, steps given up, answers that came late, many fallouts at once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from catalog.base import Refused
from fulfillment.commands import Complete, EditAndRetry, GivenValue, GiveUp, Retry
from fulfillment.states import OrderState, StepState
from orderbook.fallouts import FalloutFilter
from service import desk
from service.bulk import Action, Decision, Target, Verdict, resolve, targets
from service.late import completed_by
from tests.server.conftest import Shop
from workflows.ids import workflow_id
from workflows.input import CallbackMessage

pytestmark = pytest.mark.server

AUTHORIZE = "payments.authorize"
REFUSED = {"kind": "status", "status": 422, "code": "PROVIDER_CLOSED"}
BACK = Decision(action=Action.RETRY, actor="kim", reason="system is back")


def edit(amount: str, *, sure: bool = False) -> EditAndRetry:
    values = (GivenValue(name="amount", value=amount),)
    return EditAndRetry(steps=(AUTHORIZE,), values=values, actor="kim", reason="asked the bank", nothing_happened=sure)


async def authorized(shop: Shop, number: str) -> list[tuple[str, str]]:
    """Return key and amount of the authorizations that happened."""
    entries = [each for each in await shop.ledger(number) if each["key"].startswith(f"{number}/{AUTHORIZE}/")]
    return [(each["key"], str(each["amount"])) for each in entries]


async def test_other_input_after_a_refusal_has_its_effect_once_under_a_new_key(shop: Shop) -> None:
    await shop.fault("payments", "authorize", **REFUSED)
    number = await shop.order("laptop-bundle")
    await shop.stuck(number)
    wrong = await desk.ask(shop.stack.client, number, edit("much"), "edit-0")
    assert not isinstance(wrong, Refused)
    parked = await shop.until(number, lambda view: len(view.fallouts) == 2)
    assert parked.fallouts[1].failure.code == "REQUEST_IMPOSSIBLE"
    assert not isinstance(await desk.ask(shop.stack.client, number, edit("12.50"), "edit-1"), Refused)
    view = await shop.ended(number)
    assert view.state is OrderState.COMPLETED
    step = next(each for each in view.steps if each.id == AUTHORIZE)
    assert (step.round, [each.resolution for each in view.fallouts]) == (3, ["edited and retried"] * 2)
    assert await authorized(shop, number) == [(f"{number}/{AUTHORIZE}/3", "12.50")]
    assert await shop.doubled(number) == []
    told = [each.detail for each in shop.stack.book.audit(number) if each.action == "edit_and_retry"]
    assert told == ["`amount` = much", "`amount` = 12.50 (was much)"]


async def test_after_an_unknown_outcome_other_input_needs_the_statement_that_nothing_happened(shop: Shop) -> None:
    await shop.fault("payments", "authorize/lookup", kind="status", status=503, calls=50)
    await shop.fault("payments", "authorize", kind="status", status=500, calls=50)
    number = await shop.order("laptop-bundle")
    await shop.stuck(number)
    assert (await shop.view(number)).fallouts[0].unknown
    await shop.heal()
    assert isinstance(await desk.ask(shop.stack.client, number, edit("12.50"), "sure-0"), Refused)
    assert not isinstance(await desk.ask(shop.stack.client, number, edit("12.50", sure=True), "sure-1"), Refused)
    assert (await shop.ended(number)).state is OrderState.COMPLETED
    assert await authorized(shop, number) == [(f"{number}/{AUTHORIZE}/2", "12.50")]


async def test_a_step_given_up_ends_the_order_as_it_truly_is(shop: Shop) -> None:
    await shop.fault("warranty", "register", **REFUSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    client = shop.stack.client
    unexplained = await desk.ask(client, number, GiveUp(steps=(step.id,), actor="kim"), "give-0")
    assert isinstance(unexplained, Refused)
    assert "needs a reason" in unexplained.issues[0].message
    handle = client.get_workflow_handle(workflow_id(number))
    await handle.signal("give_up", {"steps": [step.id], "actor": "kim", "role": "submitter", "reason": "not theirs"})
    await handle.signal("edit_and_retry", {"steps": [step.id], "actor": "kim", "values": {"yaers": "3"}})
    answer = await desk.ask(
        client, number, GiveUp(steps=(step.id,), actor="kim", reason="provider is bankrupt"), "give-1"
    )
    assert not isinstance(answer, Refused)
    view = await shop.ended(number)
    assert view.state in (OrderState.PARTIAL, OrderState.FAILED)
    assert any(each.state is OrderState.FAILED for each in view.lines)
    by_id = {each.id: each for each in view.steps}
    assert by_id[step.id].state is StepState.FATALLY_FAILED
    after = [each for each in view.steps if step.id in each.after]
    assert after
    assert {each.state for each in after} == {StepState.DISCARDED}
    assert all("provider is bankrupt" in each.reason for each in after)
    assert (view.fallouts[0].resolution, view.open_fallouts) == ("given up", 0)
    assert await shop.doubled(number) == []
    audited = shop.stack.book.audit(number)
    assert [(each.role, each.accepted) for each in audited if each.action == "give_up"] == [
        ("submitter", False),
        ("", True),
    ]
    [edited] = [each for each in audited if each.action == "edit_and_retry"]
    assert (edited.accepted, "Did you mean `years`?" in edited.detail) == (False, True)


async def test_an_answer_that_came_while_the_step_was_parked_completes_it(shop: Shop) -> None:
    await shop.fault("shipping", "ship", **REFUSED)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    handle = shop.stack.client.get_workflow_handle(workflow_id(number))
    body = json.dumps({"outcome": "delivered", "delivered_at": "2026-11-26T09:00:00Z"})
    await handle.signal("callback", CallbackMessage(step=step.id, round=1, body=body))
    view = await shop.until(number, lambda view: bool(view.late_answers))
    assert [(each.step, each.number, each.round) for each in view.late_answers] == [(step.id, 1, 1)]
    typed = {"shipment_id": "S-1", "tracking_number": "1Z", "carrier": "UPS"}
    by_hand = Complete.model_validate({"steps": (step.id,), "actor": "kim", "outputs": typed})
    command = await asyncio.to_thread(completed_by, shop.stack.book, number, by_hand, 1)
    assert not isinstance(command, Refused)
    assert not isinstance(await desk.ask(shop.stack.client, number, command, "late-1"), Refused)
    view = await shop.ended(number)
    done = next(each for each in view.steps if each.id == step.id)
    assert {each.name: each.text for each in done.outputs} == {**typed, "delivered_at": "2026-11-26T09:00:00Z"}
    assert any(each.detail == "with what late answer 1 gives" for each in shop.stack.book.audit(number))


def stuck(shop: Shop, chosen: FalloutFilter, numbers: list[str]) -> tuple[Target, ...]:
    return targets(tuple(each for each in shop.stack.book.stuck(chosen) if each.order in numbers))


async def test_w10_a_queue_of_credit_checks_is_retried_at_once_when_the_system_is_back(shop: Shop) -> None:
    await shop.fault("payments", "authorize", kind="status", status=503, calls=None)
    numbers = [await shop.order("laptop-bundle") for _ in range(5)]
    await asyncio.gather(*(shop.stuck(each) for each in numbers))
    credit = FalloutFilter(queue="credit", error="503")
    wanted = stuck(shop, credit, numbers)
    assert sorted(each.order for each in wanted) == sorted(numbers)
    waiting = [each for each in shop.stack.book.stuck(credit) if each.order in numbers]
    assert [each.attempts for each in waiting] == [4] * 5
    await shop.heal()
    told: list[str] = []
    client, book = shop.stack.client, shop.stack.book
    # One of them is resolved by somebody else while this is under way: it is told, and holds no other up.
    await desk.ask(client, numbers[0], Retry(steps=(AUTHORIZE,), actor="bob"), "w10-other")
    await shop.ended(numbers[0])
    tally = await resolve(client, book, wanted, BACK, "w10", lambda outcome: told.append(outcome.order))
    verdicts = {each.order: each.verdict for each in tally.outcomes}
    assert verdicts == {each: Verdict.REFUSED if each == numbers[0] else Verdict.DONE for each in numbers}
    assert (tally.orders, tally.steps, tally.resolved, tally.failed) == (5, 5, 4, 1)
    assert sorted(told) == sorted(numbers)
    views = await asyncio.gather(*(shop.ended(each) for each in numbers))
    assert {each.state for each in views} == {OrderState.COMPLETED}
    assert {each.fallouts[0].actor for each in views} == {"bob", "kim"}
    assert all([await shop.doubled(each) == [] for each in numbers])
    assert stuck(shop, credit, numbers) == ()


async def test_a_second_resolution_is_refused_and_the_same_request_again_is_the_first(shop: Shop) -> None:
    await shop.fault("warranty", "register", **REFUSED, calls=2)
    number = await shop.order("laptop-bundle")
    step = await shop.stuck(number)
    client, book = shop.stack.client, shop.stack.book
    wanted = (Target(order=number, steps=(step.id, "no.such_step")),)
    first = await resolve(client, book, wanted, BACK, "twice")
    again = await resolve(client, book, wanted, BACK, "twice")
    for each in (first, again):
        assert [one.verdict for one in each.outcomes] == [Verdict.PARTLY]
        assert (each.outcomes[0].done, each.outcomes[0].open) == ((step.id,), ("no.such_step",))
    view = await shop.until(number, lambda view: len(view.fallouts) == 2)
    assert [each.resolution for each in view.fallouts] == ["retried", ""]
    stale = await desk.ask(client, number, Retry(steps=(step.id,), fallout=1, actor="bob"), "stale")
    assert isinstance(stale, Refused)
    assert "fallout 1 is not open; its open fallout is 2" in stale.issues[0].message
    desk.note_refusal(book, number, Retry(steps=(step.id,), actor="bob"), stale, datetime.now(UTC))
    await desk.ask(client, number, Retry(steps=(step.id,), fallout=2), "last")
    assert (await shop.ended(number)).state is OrderState.COMPLETED
