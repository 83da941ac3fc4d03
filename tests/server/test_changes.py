"""Orders change while they run: amended, cancelled by line and as a whole, undone in reverse order (A1-A5)."""

from __future__ import annotations

import asyncio
import json

import pytest
import yaml

from catalog.base import Refused
from fulfillment.commands import Cancel, Skip
from fulfillment.progress import ChangeState
from fulfillment.states import OrderState, StepState
from service.changes import Amendment
from service.desk import ask
from service.proposals import Proposal
from tests.server.changing import (
    amend,
    cancel,
    content,
    dro,
    net,
    new_version,
    order_under_way,
    parked_after_delivery,
    shown,
    stands,
    step,
    words,
)
from tests.server.conftest import Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server


async def test_a_line_is_added_while_the_order_runs_and_what_was_done_stays(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    before = len(await shop.ledger(number))

    answer = await amend(shop, number)

    assert not isinstance(answer, Refused), words(answer)
    ended = await shop.ended(number)
    assert (ended.state, ended.version) == (OrderState.COMPLETED, 2)
    assert [(each.state, each.actor, each.version) for each in ended.changes] == [(ChangeState.APPLIED, "ann", 2)]
    assert {each.id: each.state for each in ended.lines}["L5"] is OrderState.COMPLETED
    left = await net(shop, number)
    assert {subject: count for subject, count in left.items() if count != 1} == {}
    assert left["shipping", "ship", "DEVICE@L2"] == left["payments", "authorize", ""] == 1
    voided = [each for each in await shop.ledger(number) if each["operation"] == "void"]
    assert len(voided) == 1
    assert len(await shop.ledger(number)) > before
    assert await shop.doubled(number) == []


async def test_a_cancelled_line_is_undone_and_the_others_complete(shop: Shop) -> None:
    number = await parked_after_delivery(shop, "laptop-bundle-amended")

    answer = await cancel(shop, number, "L5")

    assert not isinstance(answer, Refused), words(answer)
    ended = await shop.ended(number)
    lines = {each.id: each.state for each in ended.lines}
    assert ended.state is OrderState.PARTIAL
    assert lines["L5"] is OrderState.CANCELLED
    assert lines["L2"] is OrderState.COMPLETED
    left = await net(shop, number)
    assert {count for (_, _, line), count in left.items() if line.endswith("L5")} == {0}
    assert {count for (_, _, line), count in left.items() if not line.endswith("L5")} == {1}
    assert await shop.doubled(number) == []


async def test_an_order_cancelled_after_its_delivery_is_undone_in_reverse_and_nets_to_nothing(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    preview = await shown(shop, number, Cancel(actor="ann", reason="changed their mind"))

    answer = await cancel(shop, number)

    assert not isinstance(answer, Refused), words(answer)
    ended = await shop.ended(number)
    assert ended.state is OrderState.CANCELLED
    assert {each.state for each in ended.lines} == {OrderState.CANCELLED}
    assert [each.resolution for each in ended.fallouts] == ["withdrawn by change 1"]
    assert step(ended, "shipping.ship").state is StepState.CANCELLED
    assert step(ended, "billing.invoice").state is StepState.DISCARDED
    assert {subject: count for subject, count in (await net(shop, number)).items() if count} == {}
    undone = {each["operation"]: each["sequence"] for each in await shop.ledger(number) if each["undoes"]}
    assert undone["cancel"] < undone["take_back"] < undone["release"] < undone["void"]
    assert undone["reopen"] < undone["close"] < undone["void"]
    assert await shop.doubled(number) == []
    # What was shown is what happened.
    assert isinstance(preview, Proposal)
    plan = await asyncio.to_thread(shop.stack.book.plan, ended.plan or "")
    assert plan is not None
    happened = plan.revisions[-1]
    assert preview.revision is not None
    assert preview.revision.model_copy(update={"at": happened.at}) == happened


async def test_undoing_that_fails_is_a_fallout_and_the_order_ends_as_it_was_resolved(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    await shop.fault("licensing", "revoke", kind="status", status=422, code="ALREADY_USED")
    assert not isinstance(await cancel(shop, number), Refused)
    parked = await shop.stuck(number)
    while parked.id.startswith("billing"):
        await asyncio.sleep(0.05)
        parked = await shop.stuck(number)
    assert parked.id == "licence_revocation.revoke@LICENCE@L3"

    given = Skip(actor="ann", reason="the licence was used up", steps=(parked.id,))
    assert not isinstance(await ask(shop.stack.client, number, given, f"skip-{number}"), Refused)

    ended = await shop.ended(number)
    assert ended.state is OrderState.PARTIAL
    left = await net(shop, number)
    assert {line: count for (_, _, line), count in left.items() if count} == {"LICENCE@L3": 1}


async def test_past_the_point_of_no_return_a_change_is_refused_unless_somebody_with_authority_insists(
    shop: Shop,
) -> None:
    number = await parked_after_delivery(shop)
    bigger = {"product": "LAPTOP-15", "parent": "L1", "price": 1799, "attributes": {"ram": "32 GB", "storage": "1 TB"}}

    refused = await amend(shop, number, {"L2": bigger, "L5": None})
    powerless = await amend(
        shop, number, {"L2": bigger, "L5": None}, override=True, role="operator", reason="boss says so"
    )

    assert "shipping.ship" in words(refused)
    assert "denied" in words(refused)
    assert "needs the role `admin`" in words(powerless)
    view = await shop.until(number, lambda view: bool(view.changes))
    assert [each.state for each in view.changes] == [ChangeState.REFUSED]
    done = await amend(shop, number, {"L2": bigger, "L5": None}, override=True, role="admin", reason="boss says so")
    assert not isinstance(done, Refused), words(done)
    view = await shop.until(number, lambda view: view.version == 2)
    assert "shipping.ship" in view.changes[-1].why
    assert (await shop.ended(number)).state is OrderState.COMPLETED
    left = await net(shop, number)
    assert {subject: count for subject, count in left.items() if count != 1} == {}
    assert "take_back" in {each["operation"] for each in await shop.ledger(number)}


async def test_a_version_made_from_one_that_is_no_longer_in_force_is_refused_with_the_difference(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    assert not isinstance(await amend(shop, number), Refused)
    await shop.until(number, lambda view: view.version == 2)

    stale = await new_version(shop, number, {"L5": None}, base=1)
    asked_anyway = await amend(shop, number, {"L5": None}, base=1)

    assert isinstance(stale, Refused)
    assert "version 1" in stale.issues[0].message
    assert "line `L5` (MOUSE) was added" in stale.issues[0].message
    assert "version" in words(asked_anyway)
    assert not isinstance(await cancel(shop, number), Refused)
    assert (await shop.ended(number)).state is OrderState.CANCELLED
    assert {subject: count for subject, count in (await net(shop, number)).items() if count} == {}


async def test_of_two_changes_at_once_one_is_taken_and_the_other_is_told_so(shop: Shop) -> None:
    number = await parked_after_delivery(shop)

    answers = await asyncio.gather(cancel(shop, number), amend(shop, number), return_exceptions=False)

    refused = [each for each in answers if isinstance(each, Refused)]
    assert len(refused) <= 1
    if refused == [answers[0]]:
        assert not isinstance(await cancel(shop, number), Refused)
    assert (await shop.ended(number)).state is OrderState.CANCELLED
    assert {subject: count for subject, count in (await net(shop, number)).items() if count} == {}
    assert await shop.doubled(number) == []


async def test_the_cancel_button_of_the_web_ui_cancels_the_order(shop: Shop) -> None:
    number = await parked_after_delivery(shop)

    await shop.stack.client.get_workflow_handle(workflow_id(number)).cancel()

    ended = await shop.ended(number)
    assert ended.state is OrderState.CANCELLED
    assert [each.actor for each in ended.changes] == ["Temporal's cancel"]
    assert {subject: count for subject, count in (await net(shop, number)).items() if count} == {}


async def test_an_effect_of_which_nobody_heard_is_undone_too(shop: Shop) -> None:
    await shop.fault("warranty", "register", kind="lost_answer", calls=1)
    await shop.fault("warranty", "register/lookup", kind="offline", calls=None)
    await shop.fault("warranty", "register", kind="offline", calls=None)
    number = await shop.order("laptop-bundle")
    await shop.until(number, lambda view: stands(view, "warranty.register") is StepState.FATALLY_FAILED)
    await shop.heal()

    assert not isinstance(await cancel(shop, number), Refused)

    assert (await shop.ended(number)).state is OrderState.CANCELLED
    left = await net(shop, number)
    assert left["warranty", "register", "WARRANTY@L4#1"] == 0
    assert {subject: count for subject, count in left.items() if count} == {}


async def test_a_change_is_shown_first_with_each_line_and_step_and_changes_nothing(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    version = await new_version(shop, number)
    assert isinstance(version, Amendment)
    order = await order_under_way(shop, number)

    preview = await shown(shop, number, Cancel(actor="ann", lines=("L3",)))

    assert "required" in words_of(preview)
    assert (await shop.view(number)).changes == ()
    assert (await order_under_way(shop, number)).plan.digest == order.plan.digest
    assert not isinstance(await cancel(shop, number), Refused)
    await shop.ended(number)


def words_of(preview: Proposal | Refused) -> str:
    assert isinstance(preview, Refused)
    return " ".join(str(each) for each in preview.issues)


async def test_the_command_line_shows_a_change_asks_for_it_and_tells_what_came_of_it(shop: Shop) -> None:
    number = await parked_after_delivery(shop)
    file = shop.folder / f"{number}-changed.yaml"
    file.write_text(yaml.safe_dump(content(number, None)))

    tree = await dro(shop, "orders", "amend", number, file, "--dry-run")
    data = json.loads((await dro(shop, "orders", "amend", number, file, "--dry-run", "--json")).stdout)
    allowed = json.loads((await dro(shop, "orders", "changeable", number, "--json")).stdout)
    stale = await dro(shop, "orders", "amend", number, file, "--base", "3")
    amended = await dro(shop, "orders", "amend", number, file, "--reason", "a mouse as well")
    cancelled = await dro(shop, "orders", "cancel", number, "--json")
    again = await dro(shop, "orders", "cancel", number)

    assert "version 1 → 2" in tree.stdout
    assert "+ shipping.ship~fb4e8bb1a8" in tree.stdout
    assert (data["base"], data["version"], data["changes_nothing"]) == (1, 2, False)
    assert {each["line"]: each["verdict"] for each in data["lines"] if each["of_itself"]} == {"L5": "added"}
    assert {each["line"]: (each["amend"], each["cancel"]) for each in allowed}["L2"] == (False, True)
    assert stale.exit_code == amended.exit_code + 1 == 1
    assert "version 3" in stale.stderr
    assert "(version 2)" in amended.stderr
    assert "change 2" in json.loads(cancelled.stdout)["message"]
    ended = await shop.ended(number)
    shows = (await dro(shop, "orders", "show", number)).stdout
    assert again.exit_code == 1 or ended.state is OrderState.CANCELLED
    assert "1. amend by ann" in shows
    assert "2. cancel the whole order by ann" in shows
    history = [each for each in shop.stack.book.audit(number) if each.action in ("amend", "cancel")]
    assert [each.accepted for each in history][:2] == [False, True]
