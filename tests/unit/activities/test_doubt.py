"""Lookups: a try without a good answer is settled, and a key that may be forgotten is never sent again by accident."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.systems import Operation
from catalog.values import as_record
from fulfillment.outcomes import KEY_FORGOTTEN, CallResult, Failed, Park, Succeeded
from tests.unit.activities.conftest import Desk, failed, open_desk

AT_FIRST = timedelta(hours=1)
SHIP = "shipping.ship"


async def no_lookup(desk: Desk, operation: str = "authorize") -> None:
    """Make the lookup of an operation fail whenever it is asked."""
    await desk.fault(operation=f"{operation}/lookup", kind="status", status=503, calls=None)


def succeeded(result: CallResult) -> Succeeded:
    assert isinstance(result.outcome, Succeeded)
    return result.outcome


def remembering(desk: Desk, length: timedelta | None) -> None:
    """Let the environment say for how long the systems know a key."""
    environment = desk.activities._environment
    systems = tuple(each.model_copy(update={"keys_remembered": length}) for each in environment.systems)
    desk.activities._environment = environment.model_copy(update={"systems": systems})


def without_lookup(desk: Desk) -> None:
    """Let the stored plan declare no lookup."""
    changed = tuple(
        each.model_copy(update={"operation": each.operation.model_copy(update={"lookup": None})})
        if isinstance(each.operation, Operation)
        else each
        for each in desk.plan.definitions
    )
    desk.plan = desk.plan.model_copy(update={"definitions": changed})
    desk.book.store_plan(desk.plan)


def tried_before(ago: timedelta | None) -> dict[str, object]:
    """Return what a call carries of an earlier try whose outcome is unknown."""
    return {"unknown": True, "attempts": 1, "first_tried_at": datetime.now(UTC) - ago if ago is not None else None}


@pytest.mark.parametrize("kind", ["lost_answer", "wrong_answer"])
async def test_an_effect_whose_answer_is_lost_or_wrong_is_found_without_another_try(desk: Desk, kind: str) -> None:
    await desk.fault(kind=kind)
    outcome = succeeded(await desk.make(desk.call()))
    assert str(as_record(outcome.outputs)["payment_id"]).startswith("PAY-")
    assert (outcome.attempts, outcome.note != "") == (1, True)
    assert await desk.effects() == 1


async def test_a_delivery_whose_acceptance_is_lost_awaits_its_callback(desk: Desk) -> None:
    step = next(each.id for each in desk.plan.steps if each.definition == SHIP)
    await desk.fault(system="shipping", operation="ship", kind="lost_answer")
    outcome = succeeded(await desk.make(desk.call(step=step, operation=SHIP)))
    assert outcome.awaits_callback
    assert as_record(outcome.outputs)["carrier"]


async def test_a_failure_that_the_lookup_knows_nothing_of_certainly_did_nothing(desk: Desk) -> None:
    await desk.fault(kind="status", status=500, code="CARD_DECLINED")
    outcome = failed(await desk.fails(desk.call()))
    assert (outcome.failure.refused, outcome.unknown) == (True, False)
    assert outcome.failure.message.endswith("The lookup says that it did not happen.")


async def test_a_system_that_may_still_be_at_work_leaves_the_outcome_unknown(desk: Desk) -> None:
    await desk.fault(kind="latency", seconds=0.6)
    outcome = failed(await desk.fails(desk.call(timeout=timedelta(milliseconds=200))))
    assert (outcome.failure.code, outcome.failure.refused, outcome.unknown) == ("TIMEOUT", False, True)
    assert outcome.failure.message.endswith("The lookup says that it has not happened so far.")
    await asyncio.sleep(0.6)
    assert await desk.effects() == 1


async def test_without_an_answer_of_the_lookup_the_outcome_stays_unknown(desk: Desk) -> None:
    await no_lookup(desk)
    await desk.fault(kind="lost_answer")
    outcome = failed(await desk.fails(desk.call()))
    assert (outcome.failure.code, outcome.unknown) == ("CONNECTION_LOST", True)
    told = "The lookup does not tell whether it happened: status 503 and no `happened`."
    assert outcome.failure.message.endswith(told)


async def test_a_refusal_after_a_doubtful_try_is_settled_by_the_lookup_too(desk: Desk) -> None:
    await desk.make(desk.call())
    await desk.fault(kind="status", status=402, code="CARD_DECLINED")
    assert succeeded(await desk.make(desk.call(unknown=True))).outputs
    assert await desk.effects() == 1


async def test_a_call_that_worked_before_its_key_was_forgotten_is_not_made_again(tmp_path: Path) -> None:
    async with open_desk(tmp_path, keys_remembered=0.05) as desk:
        remembering(desk, timedelta(seconds=1))
        await no_lookup(desk)
        await desk.fault(kind="lost_answer")
        assert failed(await desk.fails(desk.call(first_tried_at=datetime.now(UTC)))).unknown
        await asyncio.sleep(0.1)
        stuck = failed(await desk.fails(desk.call(**tried_before(AT_FIRST))))
        assert (stuck.failure.code, stuck.unknown) == (KEY_FORGOTTEN, True)
        assert "`dro steps complete`" in stuck.failure.message
        (await desk.office.delete("/faults")).raise_for_status()
        found = succeeded(await desk.make(desk.call(**tried_before(AT_FIRST))))
        assert as_record(found.outputs)["payment_id"]
        assert await desk.effects() == 1


async def test_a_call_that_certainly_did_nothing_is_made_though_its_key_may_be_forgotten(desk: Desk) -> None:
    remembering(desk, timedelta(minutes=1))
    assert succeeded(await desk.make(desk.call(**tried_before(AT_FIRST)))).note == ""
    assert await desk.effects() == 1


@pytest.mark.parametrize("ago", [AT_FIRST, None])
async def test_a_forgotten_key_without_a_lookup_parks_whatever_the_rules_say(desk: Desk, ago: timedelta | None) -> None:
    remembering(desk, timedelta(minutes=1))
    without_lookup(desk)
    stuck = failed(await desk.fails(desk.call(plan=desk.plan.digest, **tried_before(ago))))
    assert isinstance(stuck.decision, Park)
    assert stuck.decision.why == "calling again could do it a second time"
    assert await desk.effects() == 0


async def test_a_key_that_is_still_known_is_sent_again(desk: Desk) -> None:
    remembering(desk, timedelta(hours=2))
    without_lookup(desk)
    call = desk.call(plan=desk.plan.digest, **tried_before(AT_FIRST))
    assert succeeded(await desk.make(call)).outputs
    remembering(desk, None)
    assert succeeded(await desk.make(call)).outputs
    assert await desk.effects() == 1


async def test_a_first_try_and_one_after_refusals_only_need_no_lookup(desk: Desk) -> None:
    remembering(desk, timedelta(0))
    without_lookup(desk)
    assert succeeded(await desk.make(desk.call(plan=desk.plan.digest, attempts=3))).outputs


async def test_a_lookup_that_hangs_takes_no_more_than_its_patience(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.doubt.LOOKUP_PATIENCE", 0.2)
    await desk.fault(operation="authorize/lookup", kind="timeout", seconds=5)
    await desk.fault(kind="lost_answer")
    outcome: Failed = failed(await desk.fails(desk.call()))
    assert outcome.failure.message.endswith("does not tell whether it happened: no answer within 0.2 s.")
