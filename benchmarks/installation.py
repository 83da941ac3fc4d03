"""An installation as separate processes, each of which can be killed and is then started again.

Temporal server and workers are processes of their own, PostgreSQL is too; the back office and the receiver of callbacks
run here, since nobody kills them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import socket
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import yaml
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from catalog.base import Refused
from catalog.environment import Environment
from catalog.fallout_rules import FalloutRule, RetryPolicy
from commands.errors import ExitCode
from examples.smartbytes.backoffice import hosting
from examples.smartbytes.backoffice.office import Settings as OfficeSettings
from orderbook.errors import BookUnreachable
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.views import OrderView
from service.catalogs import EXAMPLE, load_environment
from service.embedded import EmbeddedServer, embedded_server
from service.hosts import hearing
from service.orders import submit, wait
from service.reconcile import Difference, reconcile
from service.running import CannotStart
from service.settings import Settings, load
from service.stack import at_port

ROOT = Path(__file__).parents[1]
TOKEN = "of-the-carrier"  # noqa: S105 - of this installation only
PATIENCE = 120.0
WORKERS = 2
"""Of each installation: orders go on while the successor of a killed one still starts."""
STARTS = 3
CALL_SECONDS = 1
"""Time-out of every operation: a call whose worker was killed is made again five seconds after it."""
TROUBLE = "HTTP_5..|OFFLINE|TIMED_OUT|TIMEOUT|UNREACHABLE|CONNECTION_LOST|INTERNAL"
PATIENT = FalloutRule(name="patient", pattern=TROUBLE, retry=RetryPolicy(retries=50, interval="200ms"))
"""However often the same call is hit, no person is asked."""


class Target(StrEnum):
    """What is killed."""

    WORKER = "worker"
    SERVER = "Temporal server"


@dataclass
class Installation:
    """Server, workers, order book, back office; orders in, kills on demand, and what came of it."""

    settings: Settings
    book: OrderBook
    http: httpx.AsyncClient
    folder: Path
    server: EmbeddedServer = field(init=False)
    client: Client = field(init=False)
    workers: list[Process] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _supervisors: list[asyncio.Task[None]] = field(default_factory=list)
    _server_runs: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start_server(self) -> None:
        """Start the Temporal server on its file and its port, again where somebody was faster with a port of it."""
        for _ in range(STARTS - 1):
            with suppress(CannotStart):
                self.server = await self._server_runs.enter_async_context(embedded_server(self.settings))
                return
        self.server = await self._server_runs.enter_async_context(embedded_server(self.settings))

    def start_workers(self) -> None:
        """Start the workers, each under a supervisor."""
        self._supervisors = [asyncio.create_task(self._keep_working()) for _ in range(WORKERS)]

    async def _keep_working(self) -> None:
        """Run `dro worker`, again and with an empty cache whenever it has ended, as a supervisor does."""
        while True:
            worker = await self._start_worker()
            self.workers.append(worker)
            try:
                status = await worker.wait()
            finally:
                self.workers.remove(worker)
                if worker.returncode is None:
                    worker.terminate()
                    await worker.wait()
            # A worker that starts while the server is away says so and ends; any other end is a surprise.
            if status not in (-signal.SIGKILL, ExitCode.UNREACHABLE):
                self.surprises.append(f"A worker ended with status {status}, see {self.folder / 'worker.log'}.")

    async def _start_worker(self) -> Process:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DRO_HOME": str(self.settings.home),
            "DRO_DATABASE": self.settings.database,
            "DRO_CATALOG": str(self.settings.catalog),
            "DRO_ENVIRONMENT": str(self.settings.environment),
            "DRO_CALLBACK_URL": self.settings.callback_url,
            "TEMPORAL_ADDRESS": self.server.address,
        }
        command = (sys.executable, "-m", "cli", "worker")
        with (self.folder / "worker.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=log, stderr=STDOUT)

    async def kill(self, target: Target) -> None:
        """Kill without warning; what was killed is started again."""
        match target:
            case Target.WORKER:
                async with asyncio.timeout(PATIENCE):
                    while not self.workers:  # noqa: ASYNC110 - its supervisor is about to start one
                        await asyncio.sleep(0.02)
                oldest = self.workers[0]
                oldest.kill()
                await oldest.wait()
            case Target.SERVER:
                os.kill(self.server.pid, signal.SIGKILL)
                await self.server.wait()
                await self._server_runs.aclose()
                await self.start_server()

    async def stop(self) -> None:
        """Stop workers and server."""
        for each in self._supervisors:
            each.cancel()
        await asyncio.gather(*self._supervisors, return_exceptions=True)
        await self._server_runs.aclose()

    def write(self, number: str, name: str = "laptop-bundle") -> Path:
        """Write a fresh copy of an example order into a file."""
        content: dict[str, Any] = yaml.safe_load((EXAMPLE / "orders" / f"{name}.yaml").read_text())
        file = self.folder / f"{number}-{name}.yaml"
        file.write_text(yaml.safe_dump(content | {"number": number}))
        return file

    async def order(self, number: str) -> None:
        """Submit an order until it is taken and started, as a shop does that gets no answer."""
        file = self.write(number)
        while True:
            try:
                submitted = await submit(file, self.client, self.book, self.settings)
            except BookUnreachable:
                continue
            assert not isinstance(submitted, Refused), submitted.issues
            if submitted.is_started:
                return
            await asyncio.sleep(0.2)

    async def fault(self, **fault: object) -> None:
        """Make the next calls fail."""
        (await self.http.post("/faults", json={"system": "*", **fault})).raise_for_status()

    async def calls(self, number: str = "") -> list[dict[str, Any]]:
        """Return every request that the back office got, for an order or for all."""
        return await self._entries("calls", "/calls", number)

    async def effects(self, number: str) -> list[dict[str, Any]]:
        """Return what the back office did for an order."""
        return await self._entries("entries", "/ledger", number)

    async def doubled(self, number: str) -> list[dict[str, Any]]:
        """Return what the back office did more often than wanted, counted by subject."""
        return await self._entries("doubled", "/ledger/doubled", number)

    async def net(self, number: str) -> list[dict[str, Any]]:
        """Return what is left of what the back office did for an order, counted by subject."""
        return await self._entries("net", "/ledger/net", number)

    async def _entries(self, key: str, path: str, number: str) -> list[dict[str, Any]]:
        answer = (await self.http.get(path, params={"order": number} if number else {})).raise_for_status()
        found: list[dict[str, Any]] = answer.json()[key]
        return found

    async def ended(self, number: str) -> OrderView:
        """Return the order as the book has it once its workflow has ended."""
        async with asyncio.timeout(PATIENCE):
            await wait(self.client, number)
        view = await asyncio.to_thread(self.book.show, number)
        assert view is not None
        return view

    async def differences(self, numbers: Sequence[str]) -> tuple[Difference, ...]:
        """Return in what order book and workflows differ, as `dro doctor --reconcile` finds it."""
        found = await reconcile(self.client, self.book, datetime.now(UTC), numbers)
        assert found.compared == len(numbers)
        return found.differences


@asynccontextmanager
async def installed(
    folder: Path, database: str | None = None, rules: tuple[FalloutRule, ...] = (PATIENT,)
) -> AsyncIterator[Installation]:
    """Run an installation while the context is open, its order book at a URL, else in a file of its home."""
    office, callbacks, temporal, ui = _ports(4)
    _write_catalog(folder / "catalog")
    _write_environment(folder / "environment", office, rules)
    flags = {
        **{name: str(folder / name) for name in ("home", "catalog", "environment")},
        "database": database,
        "temporal_port": str(temporal),
        "temporal_ui_port": str(ui),
        "serve_port": str(callbacks),
    }
    settings = load(flags, {})
    settings.home.mkdir()
    migrate(settings.database)  # not in a thread: Alembic does one database at a time
    served = OfficeSettings(database=folder / "backoffice.db", callback_token=TOKEN, delivery_tries=30)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(hosting.serve(served, port=office))
        book = stack.enter_context(closing(OrderBook(settings.database)))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        there = Installation(settings, book, http, folder)
        stack.push_async_callback(there.stop)
        await there.start_server()
        there.start_workers()
        there.client = await Client.connect(there.server.address, data_converter=pydantic_data_converter)
        await stack.enter_async_context(hearing(there.client, book, {"shipping": TOKEN}, settings))
        yield there


def _ports(count: int) -> tuple[int, ...]:
    """Return free ports that no outgoing connection takes by chance while a killed server is away."""
    found: list[int] = []
    for port in random.SystemRandom().sample(range(20_000, 32_000), 1_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            break
    return tuple(found)


def _write_catalog(folder: Path) -> None:
    """Copy the example's catalog, its operations with a short time-out."""
    shutil.copytree(EXAMPLE / "catalog", folder)
    file = folder / "systems.yaml"
    file.write_text(re.sub(r"( +)(refused_codes: )", rf"\1timeout: {CALL_SECONDS}s\n\1\2", file.read_text()))


def as_written(environment: Environment) -> str:
    """Return an environment as a file of the environment folder."""
    content = environment.model_dump(mode="json", exclude_none=True)
    for section, entries in content.items():
        if not isinstance(entries, str):
            content[section] = {each.pop("actor" if section == "people" else "name"): each for each in entries}
    return json.dumps(content)


def _write_environment(folder: Path, office: int, rules: tuple[FalloutRule, ...]) -> None:
    loaded = load_environment(EXAMPLE / "environment").environment
    assert loaded is not None
    environment: Environment = at_port(loaded, office).model_copy(update={"fallout_rules": rules})
    folder.mkdir()
    (folder / "environment.json").write_text(as_written(environment))
