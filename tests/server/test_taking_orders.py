"""Orders taken in and commands given on a real Temporal server, while no worker runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from catalog.base import Refused
from fulfillment.commands import Answer, CompleteTask
from fulfillment.states import OrderState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service import desk
from service.clock import PATIENCE, sweep
from service.desk import NoWorker
from service.embedded import embedded_server
from service.lost import find_lost
from service.orders import Submitted, submit
from service.settings import Settings, load
from service.temporal import connect
from tests.unit.service.shop import ORDER, Shop
from workflows.ids import workflow_id

pytestmark = pytest.mark.server

TASK = CompleteTask(actor="ada", step="packing.pack@L1")


@dataclass(frozen=True)
class Counter:
    """Where orders are handed in: the shop's files, the server, the book."""

    shop: Shop
    client: Client
    book: OrderBook
    settings: Settings

    async def hand_in(self, content: str = ORDER) -> Submitted | Refused:
        return await submit(self.shop.order(content), self.client, self.book, self.settings)

    async def is_on_temporal(self, number: str) -> bool:
        try:
            await self.client.get_workflow_handle(workflow_id(number)).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def signals(self, number: str) -> list[str]:
        """Return the names of the signals in the history of an order."""
        history = await self.client.get_workflow_handle(workflow_id(number)).fetch_history()
        started = [each.workflow_execution_signaled_event_attributes for each in history.events]
        return [each.signal_name for each in started if each.signal_name]


@pytest.fixture(scope="module")
async def counter(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Counter]:
    folder = tmp_path_factory.mktemp("counter")
    shop = Shop(folder)
    environ = {name: value for name, value in shop.environ.items() if not name.startswith("TEMPORAL_")}
    settings = load({"temporal_port": "0", "temporal_ui_port": "0"}, environ)
    async with embedded_server(settings):
        migrate(settings.database)
        client = await connect(settings, {"TEMPORAL_CONFIG_FILE": str(folder / "none.toml")})
        book = OrderBook(settings.database)
        yield Counter(shop, client, book, settings)
        book.close()


def numbered(number: str) -> str:
    return ORDER.replace("SHOP-1", number)


async def test_an_accepted_order_stands_in_the_book_and_on_temporal(counter: Counter) -> None:
    assert await counter.hand_in(numbered("A-1")) == Submitted("A-1", is_new=True, is_started=True)
    shown = counter.book.show("A-1")
    assert shown is not None
    assert (shown.account, shown.state) == ("ADA", OrderState.ACKNOWLEDGED)
    assert [(each.actor, each.action, each.accepted) for each in counter.book.audit("A-1")] == [("ada", "submit", True)]
    assert await counter.is_on_temporal("A-1")


async def test_a_draft_is_stored_under_its_digest(counter: Counter) -> None:
    await counter.hand_in(numbered("A-2"))
    [version] = counter.book.catalog_versions()
    assert version.label == f"draft-{version.digest[:12]}"
    assert counter.book.catalog(version.digest) is not None


async def test_the_same_order_again_is_the_one_that_is_there(counter: Counter) -> None:
    await counter.hand_in(numbered("A-3"))
    again = await counter.hand_in("# the same, written differently\n" + numbered("A-3"))
    assert again == Submitted("A-3", is_new=False, is_started=True)
    assert len(counter.book.audit("A-3")) == 1


async def test_other_content_under_a_taken_number_is_refused_at_the_number(counter: Counter) -> None:
    await counter.hand_in(numbered("A-4"))
    refused = await counter.hand_in(numbered("A-4").replace("quantity: 2", "quantity: 3"))
    assert isinstance(refused, Refused)
    [issue] = refused.issues
    assert issue.check == "number_taken"
    assert issue.place is not None
    assert (issue.place.line, issue.place.column) == (1, 9)


async def test_a_refused_order_leaves_nothing_and_its_number_free(counter: Counter) -> None:
    assert isinstance(await counter.hand_in(numbered("A-5").replace("BOOK", "BOKO")), Refused)
    assert counter.book.show("A-5") is None
    assert not await counter.is_on_temporal("A-5")
    assert await counter.hand_in(numbered("A-5")) == Submitted("A-5", is_new=True, is_started=True)


async def test_an_order_that_a_cut_off_submit_left_is_started_by_the_sweeper(counter: Counter) -> None:
    await counter.hand_in(numbered("A-6"))
    stored = counter.book.order("A-6")
    assert stored is not None
    order = stored.order.model_copy(update={"number": "A-7"})
    counter.book.add_order(order, catalog=stored.catalog, at=datetime.now(UTC), actor="ada")
    soon = datetime.now(UTC) + timedelta(seconds=50)
    assert "A-7" not in await sweep(counter.client, counter.book, counter.settings, soon)
    later = datetime.now(UTC) + timedelta(seconds=70)
    assert "A-7" in await sweep(counter.client, counter.book, counter.settings, later)
    assert await counter.is_on_temporal("A-7")


async def test_sweeping_again_starts_nothing_a_second_time(counter: Counter) -> None:
    await counter.hand_in(numbered("A-8"))
    later = datetime.now(UTC) + timedelta(seconds=70)
    handle = counter.client.get_workflow_handle(workflow_id("A-8"))
    before = (await handle.describe()).run_id
    await sweep(counter.client, counter.book, counter.settings, later)
    assert (await handle.describe()).run_id == before


async def test_an_order_terminated_before_its_first_progress_is_lost_and_one_never_started_is_not(
    counter: Counter,
) -> None:
    await counter.hand_in(numbered("A-30"))
    stored = counter.book.order("A-30")
    assert stored is not None
    never = stored.order.model_copy(update={"number": "A-31"})
    counter.book.add_order(never, catalog=stored.catalog, at=datetime.now(UTC), actor="ada")
    await counter.client.get_workflow_handle(workflow_id("A-30")).terminate(reason="A test.")
    later = datetime.now(UTC) + timedelta(seconds=90)

    found = await find_lost(counter.client, counter.book, later, PATIENCE)

    assert found == ("A-30",)
    shown = counter.book.show("A-30")
    assert shown is not None
    assert shown.lost is not None
    assert shown.lost.detail == "The execution of the order was terminated on Temporal: A test."
    started = await sweep(counter.client, counter.book, counter.settings, later)
    assert ("A-30" in started, "A-31" in started) == (False, True)


async def test_without_a_worker_a_command_gives_up_and_names_the_signal(counter: Counter) -> None:
    await counter.hand_in(numbered("A-9"))
    with pytest.raises(NoWorker, match="--signal"):
        await desk.ask(counter.client, "A-9", TASK, "one", patience=0.5)


async def test_a_signal_waits_for_a_worker_with_temporal(counter: Counter) -> None:
    await counter.hand_in(numbered("A-10"))
    assert isinstance(await desk.signal(counter.client, "A-10", TASK), Answer)
    assert await counter.signals("A-10") == ["complete_task"]


@pytest.mark.parametrize("way", ["ask", "signal"])
async def test_a_command_to_an_order_that_does_not_run_is_refused(counter: Counter, way: str) -> None:
    if way == "ask":
        answer = await desk.ask(counter.client, "NONE", TASK, "two")
    else:
        answer = await desk.signal(counter.client, "NONE", TASK)
    assert isinstance(answer, Refused)
    assert answer.issues[0].message == "No order `NONE` is running."


async def test_a_refusal_stands_in_the_orders_history(counter: Counter) -> None:
    await counter.hand_in(numbered("A-11"))
    refused = await desk.signal(counter.client, "NONE", TASK)
    assert isinstance(refused, Refused)
    desk.note_refusal(counter.book, "A-11", TASK, refused, datetime.now(UTC))
    last = counter.book.audit("A-11")[-1]
    assert (last.actor, last.action, last.step, last.accepted) == ("ada", "complete_task", "packing.pack@L1", False)
    assert "No order `NONE` is running." in last.detail
