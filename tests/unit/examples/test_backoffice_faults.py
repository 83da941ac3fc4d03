"""What each fault does to a call, and to its effect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from examples.smartbytes.backoffice.replies import AnswerLost
from tests.unit.examples.office import Client, decoded, in_process

KEY = "ORD-1/lane.step/1"
ASKED = "payments/authorize"


@pytest.fixture
async def office() -> AsyncIterator[Client]:
    async with in_process() as client:
        yield client


async def test_a_status_fault_answers_with_it_and_has_no_effect(office: Client) -> None:
    await office.fault(
        system="payments", operation="authorize", kind="status", status=429, code="BUSY", retry_after=1.2
    )
    answer = await office.ask(ASKED, KEY)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "BUSY", "2")
    assert await office.rows("ledger") == []


async def test_a_fault_hits_as_many_calls_as_asked_and_then_is_gone(office: Client) -> None:
    await office.fault(system="payments", kind="status", status=500, calls=2)
    assert [(await office.ask(ASKED, KEY)).status_code for _ in range(4)] == [500, 500, 200, 200]
    assert decoded(await office.http.get("/faults")) == {"faults": []}


async def test_a_fault_without_a_number_of_calls_lasts_until_it_is_cleared(office: Client) -> None:
    await office.fault(system="*", kind="offline", calls=None)
    answers = [await office.ask(ASKED, KEY) for _ in range(3)]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(503, "OFFLINE")}
    assert decoded(await office.http.delete("/faults")) == {"cleared": 1}
    assert (await office.ask(ASKED, KEY)).status_code == 200


async def test_faults_of_one_operation_follow_each_other_in_the_order_they_were_asked_for(office: Client) -> None:
    for status in (500, 429):
        await office.fault(system="payments", operation="authorize", kind="status", status=status)
    assert [(await office.ask(ASKED, KEY)).status_code for _ in range(3)] == [500, 429, 200]


async def test_a_fault_leaves_other_operations_and_systems_alone(office: Client) -> None:
    await office.fault(system="payments", operation="capture", kind="offline", calls=None)
    assert (await office.ask(ASKED, KEY)).status_code == 200
    assert (await office.ask("licensing/activate", KEY)).status_code == 200
    assert (await office.ask("payments/capture", KEY)).status_code == 503


async def test_a_system_that_is_offline_answers_no_lookup_and_the_lookup_uses_nothing_up(office: Client) -> None:
    await office.fault(system="payments", kind="offline")
    assert (await office.look_up(ASKED, KEY))["code"] == "OFFLINE"
    assert (await office.ask(ASKED, KEY)).status_code == 503
    assert await office.look_up(ASKED, KEY) == {"happened": False}


async def test_a_lookup_has_faults_of_its_own(office: Client) -> None:
    await office.fault(system="payments", operation="authorize/lookup", kind="status", status=500)
    assert (await office.ask(ASKED, KEY)).status_code == 200
    assert (await office.look_up(ASKED, KEY))["code"] == "HTTP_500"
    assert (await office.look_up(ASKED, KEY))["happened"] is True


async def test_latency_delays_the_effect_and_no_other_call(office: Client) -> None:
    await office.fault(system="payments", operation="authorize", kind="latency", seconds=0.1)
    began = time.monotonic()
    slow = asyncio.create_task(office.ask(ASKED, KEY))
    await asyncio.sleep(0.02)
    assert (await office.ask("licensing/activate", KEY)).status_code == 200
    assert not slow.done()
    assert (await slow).status_code == 200
    assert time.monotonic() - began >= 0.1


async def test_two_calls_under_one_key_at_the_same_time_have_one_effect(office: Client) -> None:
    await office.fault(system="payments", kind="latency", seconds=0.02, calls=2)
    first, second = await asyncio.gather(office.ask(ASKED, KEY), office.ask(ASKED, KEY))
    assert first.json() == second.json()
    assert len(await office.rows("ledger")) == 1


async def test_a_timeout_holds_the_call_and_has_no_effect(office: Client) -> None:
    await office.fault(system="payments", kind="timeout", seconds=0.05)
    answer = await office.ask(ASKED, KEY)
    assert (answer.status_code, answer.json()["code"]) == (504, "TIMED_OUT")
    assert await office.look_up(ASKED, KEY) == {"happened": False}


async def test_a_lost_answer_in_process_raises_after_the_effect(office: Client) -> None:
    await office.fault(system="payments", kind="lost_answer")
    with pytest.raises(AnswerLost):
        await office.ask(ASKED, KEY)
    assert len(await office.rows("ledger")) == 1
    [call] = await office.rows("calls")
    assert (call["status"], call["fault"]) == (None, "lost_answer")


async def test_a_wrong_answer_has_its_effect_and_the_right_answer_is_kept(office: Client) -> None:
    await office.fault(system="payments", kind="wrong_answer")
    wrong = await office.ask(ASKED, KEY)
    right = await office.ask(ASKED, KEY)
    assert wrong.status_code == 200
    assert wrong.json() == {name: [value] for name, value in right.json().items()}
    assert len(await office.rows("ledger")) == 1


async def test_a_share_of_the_calls_is_hit_the_same_way_for_the_same_seed(office: Client) -> None:
    runs = []
    for seed in (7, 7, 8):
        await office.fault(system="payments", kind="status", calls=None, share=0.3, seed=seed)
        runs.append([(await office.ask(ASKED, KEY)).status_code for _ in range(60)])
        await office.http.delete("/faults")
    assert runs[0] == runs[1] != runs[2]
    assert 8 <= runs[0].count(500) <= 28


async def test_a_fault_that_could_hit_nothing_is_refused_with_the_likely_name(office: Client) -> None:
    for fields, hint in (
        ({"system": "payment"}, "there is no system `payment`. Did you mean `payments`?"),
        ({"system": "shipping", "operation": "shop"}, "there is no operation `shop`. Did you mean `ship`?"),
    ):
        answer = await office.http.post("/faults", json={"kind": "offline", **fields})
        assert (answer.status_code, answer.json()["problems"][0]["problem"]) == (422, hint)


async def test_active_faults_tell_how_many_calls_they_still_hit(office: Client) -> None:
    await office.fault(system="payments", kind="status", calls=3)
    await office.ask(ASKED, KEY)
    active = (await office.http.get("/faults")).json()["faults"]
    assert [(each["remaining"], each["seen"], each["fault"]["kind"]) for each in active] == [(2, 1, "status")]
