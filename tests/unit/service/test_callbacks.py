"""Callbacks over HTTP: who is heard, what is taken, and what a system is told to do next."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from catalog.environment import Environment, SystemAddress
from decomposition.order import Order
from fulfillment.progress import Batch
from fulfillment.states import OrderState
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service.callbacks import EXCERPT, MAX_BYTES, application, tokens_of
from service.catalogs import load_catalog
from tests.unit.service.shop import Shop

BODY = {"correlation": "SHOP-1/delivery.ship@L1/2", "outcome": "delivered"}
TOKEN = {"Authorization": "Bearer s3cret"}


class Orders:
    """Stands where Temporal's client stands: keeps the signals it takes, or fails as told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, object]] = []
        self.failure: RPCStatusCode | None = None

    def get_workflow_handle(self, workflow_id: str) -> _Handle:
        return _Handle(self, workflow_id)


class _Handle:
    def __init__(self, orders: Orders, workflow_id: str) -> None:
        self._orders, self._id = orders, workflow_id

    async def signal(self, name: str, message: object) -> None:
        if self._orders.failure:
            raise RPCError("no", self._orders.failure, b"")
        self._orders.taken.append((self._id, name, message))


@pytest.fixture
def orders() -> Orders:
    return Orders()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/orders.db"


@pytest.fixture
def book(url: str) -> Iterator[OrderBook]:
    opened = OrderBook(url)
    yield opened
    opened.close()


@pytest.fixture
async def http(orders: Orders, book: OrderBook) -> AsyncIterator[httpx.AsyncClient]:
    app = application(cast(Client, orders), book, {"shipping": "s3cret"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders") as client:
        yield client


async def test_an_answer_is_passed_on_to_its_order_as_it_came(http: httpx.AsyncClient, orders: Orders) -> None:
    answer = await http.post("/callbacks/shipping", content=json.dumps(BODY), headers=TOKEN)
    assert answer.status_code == 202
    [(workflow, name, message)] = orders.taken
    assert (workflow, name) == ("order/SHOP-1", "callback")
    sent = json.loads(getattr(message, "model_dump_json")())  # noqa: B009
    assert (sent["step"], sent["round"], json.loads(sent["body"])) == ("delivery.ship@L1", 2, BODY)


@pytest.mark.parametrize(
    ("system", "headers"),
    [
        ("shipping", {}),
        ("shipping", {"Authorization": "Bearer wrong"}),
        ("shipping", {"Authorization": "s3cret"}),
        ("payments", TOKEN),
        ("payments", {"Authorization": "Bearer "}),
    ],
)
async def test_nobody_is_heard_without_the_systems_own_token(
    http: httpx.AsyncClient, orders: Orders, system: str, headers: dict[str, str]
) -> None:
    answer = await http.post(f"/callbacks/{system}", json=BODY, headers=headers)
    assert (answer.status_code, orders.taken) == (401, [])


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "JSON object"),
        (b"{}", "`correlation`"),
        (b'{"correlation": 7}', "`correlation`"),
        (b'{"correlation": "SHOP-1/ship"}', "`correlation`"),
        (b'{"correlation": "SHOP-1/ship/zero"}', "`correlation`"),
        (b'{"correlation": "SHOP-1/ship/1\\n"}', "`correlation`"),
        (b'"' + b"x" * MAX_BYTES + b'"', "256 KiB"),
    ],
    ids=lambda each: str(each)[:30],
)
async def test_what_is_no_callback_is_refused_with_what_is_wrong(
    http: httpx.AsyncClient, orders: Orders, content: bytes, wrong: str
) -> None:
    answer = await http.post("/callbacks/shipping", content=content, headers=TOKEN)
    assert (answer.status_code, orders.taken) == (400, [])
    assert wrong in answer.json()["message"]


async def test_an_answer_to_an_order_that_is_over_stands_in_the_book(
    http: httpx.AsyncClient, orders: Orders, book: OrderBook, url: str, shop: Shop
) -> None:
    migrate(url)
    accept(book, shop)
    orders.failure = RPCStatusCode.NOT_FOUND
    answer = await http.post("/callbacks/shipping", json=BODY, headers=TOKEN)
    assert answer.status_code == 202
    shown = book.show("SHOP-1")
    assert shown is not None
    assert [(each.step, each.round, json.loads(each.answer)) for each in shown.late_answers] == [
        ("delivery.ship@L1", 2, BODY)
    ]


async def test_a_long_answer_is_kept_whole_while_its_order_is_open_so_that_a_restart_can_pass_it_on(
    http: httpx.AsyncClient, orders: Orders, book: OrderBook, url: str, shop: Shop
) -> None:
    migrate(url)
    accept(book, shop)
    orders.failure = RPCStatusCode.NOT_FOUND
    body = json.dumps({**BODY, "signature": "x" * EXCERPT})
    await http.post("/callbacks/shipping", content=body, headers=TOKEN)
    end = Batch(number="SHOP-1", n=1, full=True, plan="", state=OrderState.COMPLETED, at=datetime.now(UTC))
    book.write_batch(end)
    await http.post("/callbacks/shipping", content=body, headers=TOKEN)
    shown = book.show("SHOP-1")
    assert shown is not None
    assert [each.answer for each in shown.late_answers] == [body, body[:EXCERPT]]


async def test_the_same_late_answer_is_kept_once(
    http: httpx.AsyncClient, orders: Orders, book: OrderBook, url: str, shop: Shop
) -> None:
    migrate(url)
    accept(book, shop)
    orders.failure = RPCStatusCode.NOT_FOUND

    answers = [await http.post("/callbacks/shipping", json=BODY, headers=TOKEN) for _ in range(3)]

    shown = book.show("SHOP-1")
    assert shown is not None
    assert [each.status_code for each in answers] == [202] * 3
    assert len(shown.late_answers) == 1


async def test_an_answer_to_an_order_that_nobody_knows_is_recorded_and_need_not_come_again(
    http: httpx.AsyncClient, orders: Orders, book: OrderBook, url: str
) -> None:
    migrate(url)
    orders.failure = RPCStatusCode.NOT_FOUND

    answer = await http.post("/callbacks/shipping", json=BODY, headers=TOKEN)

    assert (answer.status_code, answer.json()["message"]) == (202, "recorded: there is no order `SHOP-1`")
    [entry] = book.history("")
    assert (entry.actor, entry.action, entry.accepted, entry.kind) == ("shipping", "callback", False, "message")
    assert entry.detail.startswith("There is no order `SHOP-1`: {")


async def test_what_is_no_callback_is_recorded_as_an_excerpt_without_the_systems_secret(
    http: httpx.AsyncClient, book: OrderBook, url: str
) -> None:
    migrate(url)

    for content in (b'{"token": "s3cret"}', b"\xff" * MAX_BYTES, b"x" * (MAX_BYTES + 1)):
        await http.post("/callbacks/shipping", content=content, headers=TOKEN)
    await http.post("/callbacks/shipping", json=BODY, headers={})

    first, second, third = book.history("")
    assert first.detail.endswith('/ROUND`: {"token": "…"}')
    assert "UTF-8: �" in second.detail
    assert "larger" in third.detail
    assert max(len(each.detail) for each in (second, third)) < EXCERPT + 100


async def test_of_what_is_no_callback_the_newest_are_kept(
    http: httpx.AsyncClient, book: OrderBook, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(url)
    monkeypatch.setattr("orderbook.strays.KEPT", 2)
    book.record_stray("payments", "of another system", datetime(2026, 11, 25, tzinfo=UTC))

    for content in (b"1", b"2", b"3"):
        await http.post("/callbacks/shipping", content=content, headers=TOKEN)

    assert [each.detail.rpartition(" ")[2] for each in book.history("")] == ["system", "2", "3"]


def accept(book: OrderBook, shop: Shop) -> None:
    """Put the order into the book."""
    catalog = load_catalog(shop.catalog).catalog
    assert catalog is not None
    now = datetime(2026, 11, 25, tzinfo=UTC)
    book.store_catalog(catalog, {}, label="one", author="ada", note="", at=now)
    book.add_order(Order(number="SHOP-1", account="ADA"), catalog=catalog.digest, at=now, actor="ada")


async def test_without_temporal_the_system_is_told_to_send_it_again(http: httpx.AsyncClient, orders: Orders) -> None:
    orders.failure = RPCStatusCode.UNAVAILABLE
    answer = await http.post("/callbacks/shipping", json=BODY, headers=TOKEN)
    assert answer.status_code == 503
    assert "again" in answer.json()["message"]


async def test_without_the_book_a_late_answer_is_to_be_sent_again(http: httpx.AsyncClient, orders: Orders) -> None:
    orders.failure = RPCStatusCode.NOT_FOUND
    assert (await http.post("/callbacks/shipping", json=BODY, headers=TOKEN)).status_code == 503


def test_only_systems_whose_variable_is_set_have_a_token() -> None:
    systems = tuple(
        SystemAddress(name=name, base_url="http://127.0.0.1:9/x", callback_credentials=variable)
        for name, variable in (("shipping", "SHIPPING"), ("empty", "EMPTY"), ("unset", "UNSET"), ("none", None))
    )
    tokens = tokens_of(Environment(systems=systems), {"SHIPPING": "s3cret", "EMPTY": ""})
    assert tokens == {"shipping": "s3cret"}
