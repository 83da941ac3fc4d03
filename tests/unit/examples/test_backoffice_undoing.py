"""What a step has done is undone once, whether or not anybody heard of it, and the ledger tells what is left."""

from __future__ import annotations

from examples.smartbytes.backoffice.ledger import UNDOES
from examples.smartbytes.backoffice.office import Settings
from examples.smartbytes.backoffice.systems import OPERATIONS, find
from tests.unit.examples.office import Client, a_line, decoded, in_process

SETTINGS = Settings(":memory:", delivery_delay=60)


async def undone(office: Client, operation: str, key: str, step: str) -> object:
    answer = await office.ask(operation, key, undoes=step)
    assert answer.is_success, answer.text
    return decoded(answer)["undone"]


async def net(office: Client) -> dict[str, object]:
    return {f"{each['system']}.{each['operation']}": each["net"] for each in await office.rows("ledger/net")}


async def test_every_effect_can_be_undone_and_nothing_is_left_of_it() -> None:
    async with in_process(SETTINGS) as office:
        for system, forward in [(system, forward) for (system, _), forward in UNDOES.items()]:
            more = {"obligation_id": "OBL-000001"} if forward == "satisfy" else {}
            if forward == "satisfy":
                opened = decoded(await office.ask("obligations/open", "ORD-1/pre.open/1", order="ORD-1"))
                more = {"obligation_id": str(opened["obligation_id"])}
            answer = await office.ask(f"{system}/{forward}", f"ORD-1/do.{forward}/1", **more)
            assert answer.is_success, (forward, answer.text)
        for (system, operation), forward in UNDOES.items():
            lines = {"lines": [a_line(product="LAPTOP-13")]} if operation == "release" else {}
            key = f"ORD-1/undo.{operation}/1"
            answer = await office.ask(f"{system}/{operation}", key, undoes=f"do.{forward}", **lines)
            assert answer.is_success, (operation, answer.text)

        left = await net(office)

        assert {name for name, count in left.items() if count} == {"obligations.open"}  # the one opened beforehand
        assert await office.rows("ledger/doubled") == []


async def test_nothing_to_undo_is_an_answer_like_any_other() -> None:
    async with in_process(SETTINGS) as office:
        assert await undone(office, "payments/refund", "ORD-1/back.refund/1", "payments.capture") == "0"
        assert await office.rows("ledger") == []


async def test_what_was_done_in_several_rounds_is_undone_at_once_and_only_once() -> None:
    async with in_process(SETTINGS) as office:
        for round_ in (1, 2):
            await office.ask("licensing/activate", f"ORD-1/licensing.activate@L1/{round_}")
        await office.ask("licensing/activate", "ORD-1/licensing.activate@L2/1", lines=[a_line("L2")])

        step = "licensing.activate@L1"
        assert await undone(office, "licensing/revoke", "ORD-1/back.revoke@L1/1", step) == "2"
        assert await undone(office, "licensing/revoke", "ORD-1/back.revoke@L1+1/1", step) == "0"

        rows = await office.rows("ledger/net")
        assert [(each["line"], each["done"], each["undone"], each["net"]) for each in rows] == [
            ("L1", 2, 2, 0),
            ("L2", 1, 0, 1),
        ]


async def test_what_was_undone_may_be_done_again_by_another_step_and_is_not_doubled() -> None:
    async with in_process(SETTINGS) as office:
        await office.ask("payments/capture", "ORD-1/payments.capture/1")
        await undone(office, "payments/refund", "ORD-1/back.refund/1", "payments.capture")
        await office.ask("payments/capture", "ORD-1/payments.capture+1/1")
        assert await office.rows("ledger/doubled") == []

        await office.ask("payments/capture", "ORD-1/payments.capture+2/1")

        [found] = await office.rows("ledger/doubled")
        assert found["operation"] == "capture"


async def test_only_what_a_step_has_reserved_goes_back_into_stock() -> None:
    async with in_process(SETTINGS) as office:
        await office.http.post("/stock", json={"product": "LAPTOP-13", "quantity": 5})
        lines = [a_line(product="LAPTOP-13")]

        await office.ask("inventory/release", "ORD-1/back.release/1", undoes="inventory.reserve", lines=lines)
        assert await stock(office) == "5"
        await office.ask("inventory/reserve", "ORD-1/inventory.reserve/1", lines=lines)
        await office.ask("inventory/release", "ORD-1/back.release/2", undoes="inventory.reserve", lines=lines)

        assert await stock(office) == "5"
        assert await net(office) == {"inventory.reserve": 0}


async def stock(office: Client) -> object:
    return decoded(await office.http.get("/stock", params={"product": "LAPTOP-13"}))["quantity"]


def test_all_that_undoes_and_all_that_it_undoes_are_operations() -> None:
    for (system, operation), forward in UNDOES.items():
        assert find(system, operation)
        assert find(system, forward)
    undoable = {(system, forward) for (system, _), forward in UNDOES.items()}
    assert {(each.system, each.name) for each in OPERATIONS} == undoable | set(UNDOES)
