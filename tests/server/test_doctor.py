"""What the doctor finds at a Temporal server: one that nobody has set up, and one that serves other people too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service import reconcile as reconciling
from service.catalogs import environment_in_use
from service.doctor.finding import Finding
from service.identity import book_mark
from service.orders import submit
from service.reconcile import NobodyAnswers, reconcile
from service.server_program import find_program, free_ports, surroundings
from service.settings import Settings
from service.temporal import connect, register_search_attributes
from tests.server.test_bare_server import connected
from tests.unit.orderbook.builders import NOON, accept, an_order
from tests.unit.service.examined import examined
from tests.unit.service.shop import CATALOG, Shop
from worker import running_worker
from workflows.ids import workflow_id

pytestmark = pytest.mark.server


@dataclass(frozen=True)
class Bare:
    """A server that nobody has set up, and how it is named."""

    environ: dict[str, str]


@pytest.fixture(scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bare]:
    """A running server without search attributes and without workers."""
    home = tmp_path_factory.mktemp("bare")
    program = find_program(Settings(home=home, actor="ada"))
    port = str(free_ports(1)[0])
    arguments = ("server", "start-dev", "--headless", "--port", port, "--log-level", "error")
    server = await asyncio.create_subprocess_exec(program, *arguments, env=surroundings(home))
    try:
        await connected(f"127.0.0.1:{port}")
        yield Bare({"TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "TEMPORAL_CONFIG_FILE": str(home / "none.toml")})
    finally:
        server.terminate()
        await server.wait()


@pytest.fixture
def corner(tmp_path: Path) -> Shop:
    """A corner shop's files, its order book migrated."""
    made = Shop(tmp_path)
    migrate(made.settings().database)
    return made


def on_queue(corner: Shop, queue: str) -> Settings:
    """Return the shop's settings with a task queue of a test's own."""
    return corner.settings().model_copy(update={"task_queue": queue})


@asynccontextmanager
async def worker(bare: Bare, settings: Settings) -> AsyncIterator[Client]:
    """Run a worker with these settings while the context is open."""
    client, loaded = await connect(settings, bare.environ), environment_in_use(settings)
    assert loaded.environment is not None
    with closing(OrderBook(settings.database)) as book:
        async with running_worker(client, book, loaded.environment, settings):
            yield client


async def cured(settings: Settings, bare: Bare, name: str) -> Finding:
    """Return the finding once it is well: a worker's first poll takes a moment."""
    async with asyncio.timeout(20):
        while not (found := (await examined(settings, bare.environ))[name]).ok:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.1)
        return found


async def test_a_wrong_namespace_is_named_with_the_ones_there_are(bare: Bare, corner: Shop) -> None:
    found = await examined(corner.settings(), bare.environ | {"TEMPORAL_NAMESPACE": "slaes"})
    assert found["Temporal"].ok
    assert (found["Namespace"].ok, found["Namespace"].what) == (False, "there is no `slaes`")
    assert "there is `default`" in found["Namespace"].next_step
    assert "Worker" not in found


async def test_missing_search_attributes_are_named_until_they_are_registered(bare: Bare, corner: Shop) -> None:
    settings = corner.settings()
    before = (await examined(settings, bare.environ))["Search attributes"]
    assert (before.ok, "`OrderState`" in before.what) == (False, True)
    assert "--name OpenFallouts --type Int" in before.next_step
    await register_search_attributes(await connect(settings, bare.environ))
    assert (await examined(settings, bare.environ))["Search attributes"].ok


async def test_no_worker_is_named_and_a_worker_cures_it(bare: Bare, corner: Shop) -> None:
    settings = on_queue(corner, "cured")
    before = (await examined(settings, bare.environ))["Worker"]
    assert (before.ok, before.what) == (False, "nobody polls task queue `cured`")
    assert "`dro worker`" in before.next_step
    async with worker(bare, settings) as client:
        after = await cured(settings, bare, "Worker")
    assert f"`cured`: {client.identity}" in after.what


async def test_a_worker_of_another_home_is_named_by_its_order_book(bare: Bare, corner: Shop, tmp_path: Path) -> None:
    ours, theirs = on_queue(corner, "shared"), on_queue(Shop(tmp_path / "other"), "shared")
    migrate(theirs.database)
    async with worker(bare, theirs) as client:
        await cured(theirs, bare, "Worker")
        found = (await examined(ours, bare.environ))["Worker"]
    assert (found.ok, client.identity in found.what) == (False, True)
    assert book_mark(theirs.database) in client.identity
    assert "`DRO_HOME`" in found.next_step


async def test_a_system_s_own_queue_that_nobody_polls_is_named_and_a_worker_cures_it(bare: Bare, corner: Shop) -> None:
    (corner.catalog / "catalog.yaml").write_text(CATALOG + "systems: {carrier: {own_queue: true}}\n")
    settings = on_queue(corner, "own")
    before = (await examined(settings, bare.environ))["Own queues"]
    assert (before.ok, before.what) == (False, "nobody polls `own.carrier`")
    async with worker(bare, settings):
        await cured(settings, bare, "Own queues")


async def test_without_a_worker_nothing_is_compared_but_a_closed_workflow_is_found(
    bare: Bare, corner: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "SETTLING", timedelta(seconds=1))
    settings = on_queue(corner, "silent")
    client = await connect(settings, bare.environ)
    await register_search_attributes(client)
    with closing(OrderBook(settings.database)) as book:
        await submit(corner.order(), client, book, settings)
        with pytest.raises(NobodyAnswers, match="`dro worker`"):
            await reconcile(client, book, NOON)
        await client.get_workflow_handle(workflow_id("SHOP-1")).terminate()
        found = await reconcile(client, book, NOON)
    assert [(each.subject, each.book, each.workflow) for each in found.differences] == [
        ("workflow", "acknowledged", "terminated")
    ]
    assert "`dro orders restart SHOP-1`" in found.differences[0].next_step


async def test_an_order_that_was_accepted_and_never_started_is_a_difference(bare: Bare, corner: Shop) -> None:
    now = datetime.now(UTC)
    with closing(OrderBook(corner.settings().database)) as book:
        accept(book, an_order("SO-OLD"), at=now - timedelta(hours=1))
        accept(book, an_order("SO-NEW"), at=now)
        found = await reconcile(await connect(corner.settings(), bare.environ), book, now)
    assert [(each.order, each.book, each.workflow) for each in found.differences] == [
        ("SO-OLD", "acknowledged", "not started")
    ]
    assert found.compared == 1
