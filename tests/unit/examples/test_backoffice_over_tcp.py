"""What only a real connection, a real receiver or a real process can show."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

import httpx
import pytest

from examples.smartbytes.backoffice.hosting import serve
from examples.smartbytes.backoffice.office import Settings
from tests.unit.examples.office import Client, a_callback, decoded, in_process, over_tcp, receiving

KEY = "ORD-1/ship.pack/1"

DROPPED = (httpx.RemoteProtocolError, httpx.NetworkError)
"""How a connection that ends without an answer shows in a client; a mere time-out is neither."""


async def test_a_lost_answer_drops_the_connection_after_the_effect(tmp_path: Path) -> None:
    async with serve(Settings(tmp_path / "office.db")) as url, over_tcp(url) as office:
        await office.fault(system="payments", kind="lost_answer")
        with pytest.raises(DROPPED):
            await office.ask("payments/capture", KEY)
        again = await office.ask("payments/capture", KEY)
        assert again.headers["Idempotent-Replay"] == "true"
        assert len(await office.rows("ledger")) == 1


async def test_losing_answers_disturbs_neither_other_connections_nor_the_servers_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(Settings(tmp_path / "office.db")) as url, over_tcp(url) as office:
        await office.fault(system="payments", operation="capture", kind="lost_answer", calls=None)
        keys = [f"ORD-1/lane.step/{number}" for number in range(1, 11)]
        lost = asyncio.gather(*(office.ask("payments/capture", key) for key in keys), return_exceptions=True)
        kept = asyncio.gather(*(office.ask("licensing/activate", key) for key in keys))
        assert all(isinstance(each, DROPPED) for each in await lost)
        assert [each.status_code for each in await kept] == [200] * 10
        assert len(await office.rows("ledger")) == 20
    assert caplog.records == []


async def test_a_client_that_gives_up_on_a_held_call_leaves_no_effect(tmp_path: Path) -> None:
    async with serve(Settings(tmp_path / "office.db")) as url, over_tcp(url) as office:
        await office.fault(system="payments", kind="timeout")
        office.http.timeout = httpx.Timeout(0.1)
        with pytest.raises(httpx.ReadTimeout):
            await office.ask("payments/capture", KEY)
        assert await office.look_up("payments/capture", KEY) == {"happened": False}


async def test_a_server_that_stops_lets_go_the_calls_it_holds(tmp_path: Path) -> None:
    async with serve(Settings(tmp_path / "office.db")) as url, over_tcp(url) as office:
        await office.fault(system="payments", kind="timeout")
        held = asyncio.create_task(office.ask("payments/capture", KEY))
        await asyncio.sleep(0.1)
        began = time.monotonic()
    with pytest.raises(httpx.ConnectError):
        await httpx.AsyncClient(trust_env=False).get(f"{url}/health")
    assert time.monotonic() - began < 30  # the call is held for a minute
    await asyncio.gather(held, return_exceptions=True)


async def test_a_hosted_server_leaves_the_signals_to_its_host(tmp_path: Path) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(each) for each in numbers]
    async with serve(Settings(tmp_path / "office.db")):
        assert [signal.getsignal(each) for each in numbers] == before


async def test_a_delivery_is_confirmed_later_with_the_callers_token_and_correlation() -> None:
    async with receiving() as receiver, in_process(Settings(":memory:", delivery_delay=0.05)) as office:
        answer = await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
        assert answer.status_code == 202
        assert receiver.is_quiet()
        received = await receiver.next()
    assert received.authorization == "Bearer secret-7"
    delivered_at = received.body.pop("delivered_at")
    assert str(delivered_at).endswith("+00:00")
    assert received.body == {
        "correlation": "ORD-1/ship.pack/1",
        "outcome": "delivered",
        "carrier": answer.json()["carrier"],
        "tracking": answer.json()["tracking_number"],
    }


async def test_a_confirmation_is_sent_again_until_it_is_acknowledged() -> None:
    settings = Settings(":memory:", delivery_delay=0, delivery_backoff=0.01)
    async with receiving(503, 401) as receiver, in_process(settings) as office:
        await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
        bodies = [(await receiver.next()).body for _ in range(3)]
        delivery = await _settled(office)
        assert bodies[0] == bodies[1] == bodies[2]
        assert (delivery["tries"], delivery["lines"]) == (3, ["L1"])
        assert (delivery["shipped_sequence"], delivery["sent_sequence"], delivery["acknowledged_sequence"]) == (1, 2, 5)
        assert decoded(await office.http.get("/health"))["pending_deliveries"] == 0


async def test_a_replayed_shipment_is_not_confirmed_twice() -> None:
    async with receiving() as receiver, in_process(Settings(":memory:", delivery_delay=0)) as office:
        for _ in range(2):
            await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
        await receiver.next()
        await _settled(office)
        await asyncio.sleep(0.05)
        assert receiver.is_quiet()
        assert len(await office.rows("deliveries")) == 1


async def test_what_follows_a_delivery_has_a_greater_number_than_its_sending() -> None:
    async with receiving() as receiver, in_process(Settings(":memory:", delivery_delay=0)) as office:
        await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
        await receiver.next()
        await office.ask("billing/invoice", "ORD-1/bill.invoice/1")
        delivery = await _settled(office)
        shipped, invoiced = [row["sequence"] for row in await office.rows("ledger")]
        sent = delivery["sent_sequence"]
        assert isinstance(shipped, int)
        assert isinstance(sent, int)
        assert isinstance(invoiced, int)
        assert shipped == delivery["shipped_sequence"]
        assert shipped < sent < invoiced


async def test_a_delivery_nobody_acknowledged_is_sent_again_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "office.db", delivery_delay=0, delivery_tries=2, delivery_backoff=0.01)
    async with receiving(500, 500) as receiver:
        async with in_process(settings) as office:
            await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
            given_up = [(await receiver.next()).body for _ in range(2)]
        async with in_process(settings) as office:
            assert (await receiver.next()).body == given_up[0]
            assert (await _settled(office))["tries"] == 3


async def _settled(office: Client) -> dict[str, object]:
    """Return the order's one delivery once it is acknowledged."""
    for _ in range(200):
        [delivery] = await office.rows("deliveries")
        if delivery["acknowledged_at"]:
            return delivery
        await asyncio.sleep(0.01)
    raise AssertionError(f"not acknowledged: {delivery}")


async def _started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "examples.smartbytes.backoffice",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 10)).decode()
    assert line.startswith("Back office ready at http://127.0.0.1:")
    return line.split()[-1]


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_stops_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    process = await _started("--database", str(tmp_path / "office.db"))
    try:
        async with over_tcp(await _address(process)) as office:
            assert (await office.ask("payments/authorize", KEY)).status_code == 200
            process.send_signal(number)
            rest = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, rest) == (0, (b"", b""))


@pytest.mark.processes
async def test_a_killed_process_forgets_neither_effects_nor_pending_deliveries(tmp_path: Path) -> None:
    arguments = ("--database", str(tmp_path / "office.db"), "--delivery-delay", "1")
    async with receiving() as receiver:
        process = await _started(*arguments)
        async with over_tcp(await _address(process)) as office:
            first = await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
        process.kill()
        await process.wait()
        assert receiver.is_quiet()
        async with serve(Settings(tmp_path / "office.db")) as url, over_tcp(url) as office:
            again = await office.ask("shipping/ship", KEY, callback=a_callback(receiver.url))
            assert again.json() == first.json()
            assert (await receiver.next()).body["tracking"] == first.json()["tracking_number"]


@pytest.mark.processes
async def test_a_process_that_cannot_have_its_port_says_so_and_ends_with_1(tmp_path: Path) -> None:
    async with serve(Settings(tmp_path / "office.db")) as url:
        port = url.rpartition(":")[2]
        process = await _started("--database", str(tmp_path / "other.db"), "--port", port)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 1
    assert f"The back office cannot start on port {port}" in errors.decode()
