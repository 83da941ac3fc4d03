"""What the nine systems answer, refuse and remember."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examples.smartbytes.backoffice.database import OtherFormat
from examples.smartbytes.backoffice.ledger import UNDOES
from examples.smartbytes.backoffice.office import Office, Settings
from examples.smartbytes.backoffice.systems import OPERATIONS
from tests.unit.examples.office import Client, a_body, a_callback, a_line, decoded, in_process

KEY = "ORD-1/lane.step/1"


@pytest.fixture
async def office() -> AsyncIterator[Client]:
    async with in_process() as client:
        yield client


EVERY = [f"{each.system}/{each.name}" for each in OPERATIONS]


@pytest.mark.parametrize("operation", EVERY)
async def test_every_operation_has_its_effect_once_and_repeats_its_answer(office: Client, operation: str) -> None:
    await office.ask("obligations/open", "ORD-1/lane.open/1", lines=[])
    system, _, name = operation.partition("/")
    if undone := UNDOES.get((system, name)):
        await office.ask(f"{system}/{undone}", "ORD-1/lane.other/1")
    first = await office.ask(operation, KEY)
    again = await office.ask(operation, KEY)
    assert first.status_code in (200, 202), first.text
    assert "Idempotent-Replay" not in first.headers
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotent-Replay"] == "true"
    assert [row["key"] for row in await office.rows("ledger")].count(KEY) == 1
    assert await office.rows("ledger/doubled") == []


@pytest.mark.parametrize("operation", EVERY)
async def test_every_operation_refuses_what_it_does_not_know_with_all_problems(office: Client, operation: str) -> None:
    body = a_body(operation, colour="red", step="")
    answer = await office.http.post(f"/{operation}", json=body, headers={"Idempotency-Key": KEY})
    assert answer.status_code == 422
    assert answer.json()["code"] == "INVALID_REQUEST"
    assert {each["field"] for each in answer.json()["problems"]} == {"colour", "step"}
    assert await office.rows("ledger") == []


async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(office: Client) -> None:
    await office.ask("payments/authorize", KEY)
    other = await office.ask("payments/authorize", KEY, amount="1.00")
    assert (other.status_code, other.json()["code"]) == (409, "KEY_REUSED")
    assert [row["amount"] for row in await office.rows("ledger")] == ["1299.00"]


async def test_the_same_body_written_in_another_field_order_is_the_same(office: Client) -> None:
    first = await office.ask("payments/authorize", KEY)
    body = dict(reversed(a_body("payments/authorize").items()))
    again = await office.http.post("/payments/authorize", json=body, headers={"Idempotency-Key": KEY})
    assert again.json() == first.json()


async def test_the_same_key_at_another_operation_is_another_effect(office: Client) -> None:
    await office.ask("payments/authorize", KEY)
    assert (await office.ask("licensing/activate", KEY)).status_code == 200


async def test_a_request_without_a_key_is_refused(office: Client) -> None:
    answer = await office.http.post("/payments/authorize", json=a_body("payments/authorize"))
    assert (answer.status_code, answer.json()["code"]) == (400, "KEY_MISSING")


async def test_random_keys_double_an_effect_and_the_ledger_shows_it(office: Client) -> None:
    for key in ("5f0c", "a9e1"):
        await office.ask("payments/capture", key)
    [found] = await office.rows("ledger/doubled")
    assert (found["operation"], found["amount"], found["keys"]) == ("capture", "1299.00", ["5f0c", "a9e1"])


async def test_a_second_round_is_a_second_wanted_effect(office: Client) -> None:
    for number in (1, 2):
        await office.ask("payments/capture", f"ORD-1/lane.step/{number}")
    assert [row["round"] for row in await office.rows("ledger")] == [1, 2]
    assert await office.rows("ledger/doubled") == []


async def test_an_effect_on_two_lines_has_two_ledger_entries_under_one_number(office: Client) -> None:
    lines = [a_line("L1", amount="10.00"), a_line("L2", amount="2.50")]
    answer = await office.ask("billing/invoice", KEY, lines=lines)
    entries = await office.rows("ledger")
    assert answer.json()["total"] == "12.50"
    assert [(row["line"], row["amount"]) for row in entries] == [("L1", "10.00"), ("L2", "2.50")]
    assert entries[0]["sequence"] == entries[1]["sequence"]


async def test_an_effect_that_names_no_line_is_one_entry_for_the_order(office: Client) -> None:
    await office.ask("compensation/accrue", KEY)
    [entry] = await office.rows("ledger")
    assert (entry["line"], entry["quantity"], entry["amount"]) == ("", None, "64.95")


async def test_a_line_listed_twice_is_refused(office: Client) -> None:
    answer = await office.ask("licensing/activate", KEY, lines=[a_line("L1"), a_line("L1")])
    [problem] = answer.json()["problems"]
    assert problem == {"field": "lines", "problem": "every line may be listed once; listed again: `L1`"}


async def test_an_amount_that_is_a_json_number_is_refused(office: Client) -> None:
    [problem] = (await office.ask("payments/authorize", KEY, amount=12.5)).json()["problems"]
    assert problem == {"field": "amount", "problem": 'must be text such as "12.50"'}


async def test_a_body_that_is_no_json_object_is_refused(office: Client) -> None:
    for content in (b"{", b"[]", b"\xff\xfe\xff"):
        answer = await office.http.post("/payments/authorize", content=content, headers={"Idempotency-Key": KEY})
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")


async def test_a_declined_card_leaves_the_key_free_until_the_account_is_unblocked(office: Client) -> None:
    declined = await office.ask("payments/authorize", KEY, account="ACME-BLOCKED")
    assert (declined.status_code, declined.json()["code"]) == (402, "CARD_DECLINED")
    assert await office.look_up("payments/authorize", KEY) == {"happened": False}
    await office.http.post("/accounts", json={"account": "ACME-BLOCKED", "blocked": False})
    assert (await office.ask("payments/authorize", KEY, account="ACME-BLOCKED")).status_code == 200


async def test_a_reservation_beyond_the_stock_is_refused_for_all_lines_with_every_shortage(office: Client) -> None:
    for product in ("LAPTOP-13", "BAG"):
        await office.http.post("/stock", json={"product": product, "quantity": 2})
    lines = [a_line("L1", product="LAPTOP-13", quantity=3), a_line("L2", product="BAG", quantity="2.5")]
    refused = await office.ask("inventory/reserve", KEY, lines=[*lines, a_line("L3", product="MOUSE")])
    assert (refused.status_code, refused.json()["code"]) == (422, "OUT_OF_STOCK")
    assert [each["field"] for each in refused.json()["problems"]] == ["LAPTOP-13", "BAG"]
    assert await _stock(office, "MOUSE") == "1000000"


async def test_reserving_takes_stock_and_releasing_puts_it_back(office: Client) -> None:
    await office.http.post("/stock", json={"product": "LAPTOP-13", "quantity": 2})
    lines = [a_line(product="LAPTOP-13", quantity=2)]
    reserved = (await office.ask("inventory/reserve", KEY, lines=lines)).json()["reservation_id"]
    assert await _stock(office, "LAPTOP-13") == "0"
    released = await office.ask("inventory/release", KEY, lines=lines, reservation_id=reserved)
    assert released.json()["reservation_id"] == reserved
    assert await _stock(office, "LAPTOP-13") == "2"


async def _stock(office: Client, product: str) -> object:
    return decoded(await office.http.get("/stock", params={"product": product}))["quantity"]


@pytest.mark.parametrize(
    ("operation", "field", "code"),
    [
        ("payments/capture", "payment_id", "PAYMENT_UNKNOWN"),
        ("inventory/release", "reservation_id", "RESERVATION_UNKNOWN"),
        ("shipping/ship", "reservation_id", "RESERVATION_UNKNOWN"),
        ("obligations/satisfy", "obligation_id", "OBLIGATION_UNKNOWN"),
    ],
)
async def test_an_id_that_was_not_given_out_for_the_order_is_refused(
    office: Client, operation: str, field: str, code: str
) -> None:
    await office.ask("payments/authorize", "ORD-2/lane.step/1", order="ORD-2")
    answer = await office.ask(operation, KEY, **{field: "PAY-000001"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_capture_of_an_authorised_payment_answers_with_its_id(office: Client) -> None:
    payment = (await office.ask("payments/authorize", KEY)).json()["payment_id"]
    assert (await office.ask("payments/capture", KEY, payment_id=payment)).json()["payment_id"] == payment


@pytest.mark.parametrize(
    ("starts_on", "years", "until"),
    [("2026-11-25", 3, "2029-11-25"), ("2028-02-29", 1, "2029-02-28"), ("2028-02-29", 4, "2032-02-29")],
)
async def test_a_warranty_ends_on_the_same_day_of_a_later_year(
    office: Client, starts_on: str, years: int, until: str
) -> None:
    answer = await office.ask("warranty/register", KEY, starts_on=starts_on, years=years)
    assert answer.json()["valid_until"] == until


async def test_a_lookup_tells_what_was_answered_and_what_never_happened(office: Client) -> None:
    answer = await office.ask("licensing/activate", KEY)
    assert await office.look_up("licensing/activate", KEY) == {"happened": True, "answer": answer.json()}
    assert await office.look_up("warranty/register", KEY) == {"happened": False}


async def test_a_forgotten_key_doubles_the_effect_and_the_lookup_still_knows() -> None:
    async with in_process(Settings(database=":memory:", keys_remembered=0.02)) as office:
        first = await office.ask("payments/capture", KEY)
        await asyncio.sleep(0.03)
        assert (await office.look_up("payments/capture", KEY))["happened"] is True
        second = await office.ask("payments/capture", KEY)
        assert second.json() != first.json()
        assert len(await office.rows("ledger/doubled")) == 1


async def test_calls_are_listed_in_the_order_of_their_arrival(office: Client) -> None:
    await office.ask("payments/authorize", KEY)
    await office.look_up("payments/authorize", KEY)
    await office.ask("payments/authorize", KEY)
    await office.ask("payments/capture", KEY, amount="x")
    calls = await office.rows("calls")
    assert [(each["operation"], each["status"], each["replayed"]) for each in calls] == [
        ("authorize", 200, False),
        ("authorize/lookup", 200, False),
        ("authorize", 200, True),
        ("capture", 422, False),
    ]
    assert [each["sequence"] for each in calls] == [1, 2, 3, 4]


async def test_a_system_with_a_token_answers_nobody_without_it() -> None:
    async with in_process(Settings(database=":memory:", tokens={"payments": "pay-secret"})) as office:
        refused = await office.ask("payments/authorize", KEY)
        assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHORIZED")
        assert (await office.http.get("/payments/authorize/lookup?key=k")).status_code == 401
        assert (await office.ask("licensing/activate", KEY)).status_code == 200
        office.http.headers["Authorization"] = "Bearer pay-secret"
        assert (await office.ask("payments/authorize", KEY)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/payment/authorise", 404, "UNKNOWN_OPERATION"),
        ("GET", "/payments/authorise/lookup?key=k", 404, "UNKNOWN_OPERATION"),
        ("GET", "/payments/authorize/lookup", 422, "INVALID_REQUEST"),
        ("GET", "/payments/authorize", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/stock", 422, "INVALID_REQUEST"),
        ("POST", "/stock", 422, "INVALID_REQUEST"),
        ("POST", "/accounts", 422, "INVALID_REQUEST"),
    ],
)
async def test_every_error_has_a_code_and_a_message(
    office: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = await office.http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]


async def test_an_unknown_operation_is_told_its_likely_name(office: Client) -> None:
    answer = await office.http.post("/payments/authorise", json={})
    assert "Did you mean `payments/authorize`?" in answer.json()["message"]


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "office.db", delivery_delay=60)
    async with in_process(settings) as office:
        first = await office.ask("payments/authorize", KEY)
        await office.ask("shipping/ship", KEY, callback=a_callback())
        await office.fault(system="billing", kind="offline")
    async with in_process(settings) as office:
        again = await office.ask("payments/authorize", KEY)
        assert (again.json(), again.headers["Idempotent-Replay"]) == (first.json(), "true")
        assert (await office.ask("billing/invoice", KEY)).status_code == 503
        assert [row["sequence"] for row in await office.rows("calls")] == [1, 2, 3, 4]
        assert len(await office.rows("ledger")) == 2
        assert decoded(await office.http.get("/health"))["pending_deliveries"] == 1


def test_a_file_of_another_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE orders (number TEXT)")
    other.close()
    with pytest.raises(OtherFormat, match=r"has format 0, this back office reads format 2\. Name another file"):
        Office(Settings(database=tmp_path / "other.db"))
