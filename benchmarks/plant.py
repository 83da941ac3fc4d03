"""What is measured: one embedded server, our worker and the bare one in processes of their own, an order book."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from benchmarks import plan_shape_catalogs as shapes
from catalog.base import Refused
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service import tether
from service.embedded import embedded_server
from service.orders import submit
from service.settings import Settings, load
from service.temporal import connect

ROOT = Path(__file__).parents[1]
LABEL = "shapes"
STOP_SECONDS = 20.0

OUR_WORKER = ("cli", "worker")
BARE_WORKER = ("benchmarks.bare_worker",)

_SETTINGS = """
catalog = "{label}"
environment = "{environment}"
actor = "benchmark"
log_level = "warning"
temporal_port = 0
temporal_ui_port = 0
"""


@dataclass(frozen=True)
class Plant:
    """The running plant; `first_order_seconds` is from the server's start to its taking the first order."""

    client: Client
    book: OrderBook
    settings: Settings
    folder: Path
    server: str
    first_order_seconds: float
    first_order: str

    def written(self, shape: shapes.Shape, number: str) -> Path:
        """Return the file of a fresh order."""
        file = self.folder / f"{number}.json"
        file.write_text(json.dumps(shapes.content(shape, number)))
        return file

    @asynccontextmanager
    async def worker(self, program: tuple[str, ...]) -> AsyncIterator[int]:
        """Run a worker as a process of its own while the context is open; give its process id."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), sys.executable, "-m", *program),
            cwd=ROOT,
            env=_surroundings(self.settings.home),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C reaches this process only, which then stops the others in order.
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            await _stop(process)


@asynccontextmanager
async def running_plant(first: shapes.Shape) -> AsyncIterator[Plant]:
    """Start a server and hand it an order of shape `first` as soon as it can be; workers come later."""
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        settings = _settings(folder / "home")
        async with AsyncExitStack() as stack:
            begun = time.perf_counter()
            server = await stack.enter_async_context(embedded_server(settings))
            migrate(settings.database)
            book = stack.enter_context(closing(OrderBook(settings.database)))
            book.store_catalog(shapes.catalog(), {}, label=LABEL, author="benchmark", note="", at=datetime.now(UTC))
            client = await connect(settings, no_other_server(settings.home))
            plant = Plant(client, book, settings, folder, server.version, 0.0, "FIRST")
            await handed_in(plant, plant.written(first, "FIRST"))
            seconds = time.perf_counter() - begun
            yield Plant(client, book, settings, folder, server.version, seconds, "FIRST")


async def handed_in(plant: Plant, file: Path) -> None:
    """Submit an order, as `dro orders submit` does.

    Raises:
        RuntimeError: it is refused, or Temporal does not take it.
    """
    submitted = await submit(file, plant.client, plant.book, plant.settings)
    if isinstance(submitted, Refused):
        raise RuntimeError("\n".join(str(each) for each in submitted.issues))
    if not submitted.is_started:
        raise RuntimeError(f"order {submitted.number} is accepted but not started")


def resident_kib(pid: int) -> int:
    """Return how much memory a process has, in KiB."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout)


def _settings(home: Path) -> Settings:
    environment = home / "environment"
    environment.mkdir(parents=True)
    functions = f"{shapes.__name__}:WORKER_FUNCTIONS"
    (environment / "environment.yaml").write_text(f"functions: {functions}\n")
    # The worker's process reads the same file.
    (home / "dro.toml").write_text(_SETTINGS.format(label=LABEL, environment=environment))
    return load({"home": str(home)}, {})


def no_other_server(home: Path) -> dict[str, str]:
    """Return settings of Temporal's own tools that name no other server than the one given."""
    return {"TEMPORAL_CONFIG_FILE": str(home / "none.toml")}


def _surroundings(home: Path) -> dict[str, str]:
    """Return the environment of a worker: nothing of the person's settings reaches it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DRO_", "TEMPORAL_"))}
    return {**inherited, **no_other_server(home), "DRO_HOME": str(home)}


async def _stop(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
