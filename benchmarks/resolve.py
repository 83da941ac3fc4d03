"""Measures how soon a parked step runs again, and how long it takes to retry many fallouts at once.

python -m benchmarks.resolve [--json] [--quick] [--resumes N] [--orders N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from temporalio.client import WorkflowHandle

from benchmarks.bare import TASK_QUEUE, Answering, Question
from benchmarks.carrier import STEP, Carrier, running_carrier, write_shop, written_order
from benchmarks.plan_shapes import as_text, surroundings
from benchmarks.plant import BARE_WORKER, OUR_WORKER, Plant, handed_in, no_other_server
from catalog.base import Refused
from fulfillment.commands import Retry
from orderbook.fallouts import FalloutFilter
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from service import desk
from service.bulk import Action, Decision, resolve, targets
from service.embedded import embedded_server
from service.settings import Settings, load
from service.temporal import connect

QUICK, FULL = (30, 50), (200, 500)
"""How many steps are resumed one by one, and how many fallouts at once."""
WARM_UP = 5
SUBMITS = 16
PATIENCE = 600.0
CLOSED = FalloutFilter(system="carrier", error="CLOSED")
_SETTINGS = """
catalog = "{folder}/catalog"
environment = "{folder}/environment"
actor = "benchmark"
log_level = "warning"
temporal_port = 0
temporal_ui_port = 0
"""


class Scene(NamedTuple):
    """What is measured, and the system that its steps call."""

    plant: Plant
    carrier: Carrier


def main() -> None:
    """Measure, and print the figures as text or as JSON."""
    options = _parser().parse_args()
    resumes, orders = QUICK if options.quick else FULL
    figures = asyncio.run(measured(options.resumes or resumes, options.orders or orders)) | surroundings()
    print(json.dumps(figures, indent=2) if options.json else as_text(figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.resolve", description="Measures the operator's desk.")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK[0]} steps and {QUICK[1]} fallouts")
    parser.add_argument("--resumes", type=int, help=f"steps that are resumed one by one, else {FULL[0]}")
    parser.add_argument("--orders", type=int, help=f"fallouts that are retried at once, else {FULL[1]}")
    return parser


async def measured(resumes: int, orders: int) -> dict[str, Any]:
    """Return all figures: seconds, counts, and the ratio of the medians."""
    async with _scene() as scene:
        single = await _resumes(scene, resumes)
        return single | await _bulk(scene, orders)


@asynccontextmanager
async def _scene() -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        async with AsyncExitStack() as stack:
            carrier, address = await stack.enter_async_context(running_carrier())
            write_shop(folder, address)
            settings = _settings(folder)
            server = await stack.enter_async_context(embedded_server(settings))
            migrate(settings.database)
            book = stack.enter_context(closing(OrderBook(settings.database)))
            client = await connect(settings, no_other_server(settings.home))
            plant = Plant(client, book, settings, folder, server.version, 0.0, "")
            for program in (OUR_WORKER, BARE_WORKER):
                await stack.enter_async_context(plant.worker(program))
            yield Scene(plant, carrier)


def _settings(folder: Path) -> Settings:
    home = folder / "home"
    home.mkdir()
    # The workers' processes read the same file.
    (home / "dro.toml").write_text(_SETTINGS.format(folder=folder))
    return load({"home": str(home)}, {})


async def _resumes(scene: Scene, count: int) -> dict[str, Any]:
    """Resume parked steps one by one, each after a bare update, so that both meet the same machine."""
    numbers = [f"ONE-{at}" for at in range(WARM_UP + count)]
    await _parked(scene, numbers)
    scene.carrier.open = True
    bare = await scene.plant.client.start_workflow("Answering", id="answering", task_queue=TASK_QUEUE)
    pairs = [(await _update(bare, at), await _resume(scene, number)) for at, number in enumerate(numbers)][WARM_UP:]
    await bare.signal("end")
    scene.carrier.open = False
    update, running, answered = (
        [each for each, _ in pairs],
        [each for _, (each, _) in pairs],
        [x for _, (_, x) in pairs],
    )
    return {
        "resumed": count,
        "update_round_trip_seconds": _spread(update),
        "step_running_again_seconds": _spread(running),
        "command_answered_seconds": _spread(answered),
        "resume_over_update": round(statistics.median(running) / statistics.median(update), 2),
    }


async def _update(bare: WorkflowHandle[Any, Any], at: int) -> float:
    begun = time.perf_counter()
    await bare.execute_update(Answering.ask, Question(padding="." * 200), id=f"update-{at}")
    return time.perf_counter() - begun


async def _resume(scene: Scene, number: str) -> tuple[float, float]:
    """Return the seconds until the system is called again, and until the operator has the answer."""
    command = Retry(steps=(STEP,), actor="kim", reason="carrier is back")
    begun = time.perf_counter()
    answer = await desk.ask(scene.plant.client, number, command, "resume")
    answered = time.perf_counter() - begun
    if isinstance(answer, Refused):
        raise RuntimeError(str(answer.issues[0]))
    return await scene.carrier.has(number) - begun, answered


async def _bulk(scene: Scene, count: int) -> dict[str, Any]:
    plant, carrier = scene.plant, scene.carrier
    numbers = [f"MANY-{at}" for at in range(count)]
    await _parked(scene, numbers)
    carrier.open = True
    begun = time.perf_counter()
    wanted = targets(plant.book.stuck(CLOSED))
    selected = time.perf_counter()
    decision = Decision(action=Action.RETRY, actor="kim", reason="carrier is back")
    tally = await resolve(plant.client, plant.book, wanted, decision, "bulk")
    asked = time.perf_counter()
    await asyncio.gather(*(carrier.has(each) for each in numbers))
    running = max(carrier.came[each] for each in numbers)
    await _until(lambda: _all_ended(plant.book, numbers))
    return {
        "fallouts": tally.steps,
        "resolved": tally.resolved,
        "selected_seconds": round(selected - begun, 4),
        "all_answered_seconds": round(asked - selected, 3),
        "all_running_again_seconds": round(running - begun, 3),
        "all_completed_seconds": round(time.perf_counter() - begun, 3),
        "answers_per_second": round(tally.resolved / (asked - selected), 1),
    }


async def _parked(scene: Scene, numbers: list[str]) -> None:
    places = asyncio.Semaphore(SUBMITS)

    async def one(number: str) -> None:
        async with places:
            await handed_in(scene.plant, written_order(scene.plant.folder, number))

    await asyncio.gather(*(one(each) for each in numbers))
    await _until(lambda: _all_stuck(scene.plant.book, numbers))


async def _all_stuck(book: OrderBook, numbers: list[str]) -> bool:
    found = {each.order for each in await asyncio.to_thread(book.stuck, CLOSED)}
    return found >= set(numbers)


async def _all_ended(book: OrderBook, numbers: list[str]) -> bool:
    is_open = {each.number for each in await asyncio.to_thread(book.open_orders, datetime.now(UTC))}
    return not is_open & set(numbers)


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        # The book tells nobody when it changes: asking again is the only way.
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def _spread(seconds: list[float]) -> dict[str, float]:
    parts = statistics.quantiles(seconds, n=20)
    return {"median": round(statistics.median(seconds), 4), "p95": round(parts[-1], 4)}


if __name__ == "__main__":
    main()
