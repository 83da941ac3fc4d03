"""Times decomposition and planning: by number of lines, by depth, and against what running an order costs.

python -m benchmarks.decompose [--json] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.running import Run, measured, ten_line_order
from benchmarks.shops import deep_catalog, deep_order, wide_catalog, wide_order
from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.model import OrderPlan
from decomposition.order import Order
from decomposition.plan import plan
from service.catalogs import EXAMPLE, load_catalog

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
COUNTS = (10, 100, 1_000, 10_000)
DEEP_LINES = 1_000
MEBIBYTE = 1024 * 1024


class Effort(NamedTuple):
    """How often things are repeated; every figure is the median of its repeats."""

    plans: int
    pairs: int
    orders: int


FULL = Effort(plans=7, pairs=5, orders=15)
QUICK = Effort(plans=1, pairs=1, orders=3)


class Result(NamedTuple):
    """All figures: seconds and MiB by number of lines, and what is compared with what."""

    seconds: Mapping[str, float]
    seconds_5_levels_1000: float
    peak_mib: Mapping[str, float]
    growth_10000_over_1000: float
    ten_line_plan_seconds: float
    ten_line_run_wall_p50: float
    ten_line_run_cpu_p50: float
    share_of_running: float
    share_of_cpu: float


def main() -> None:
    """Measure, and print the figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decompose", description="Times the planner.")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--quick", action="store_true", help="repeat less: figures are rough")
    options = parser.parse_args()
    result = measure(QUICK if options.quick else FULL)
    print(json.dumps(result._asdict(), indent=2) if options.json else as_text(result))


def measure(effort: Effort) -> Result:
    """Return all figures; memory is measured in a pass of its own, because watching it takes time."""
    catalog = wide_catalog()
    orders = {count: wide_order(count) for count in COUNTS}
    _plan(orders[COUNTS[0]], catalog)  # parses the catalog's expressions, which later plans find parsed
    seconds = {str(count): _median(effort.plans, _planning(orders[count], catalog)) for count in COUNTS[:-1]}
    small, large = _pairs(effort.pairs, _planning(orders[1_000], catalog), _planning(orders[10_000], catalog))
    seconds["10000"] = statistics.median(large)
    deep = _median(effort.plans, _planning(deep_order(DEEP_LINES), deep_catalog()))
    peaks = {str(count): _peak(_planning(order, catalog)) for count, order in orders.items()}
    ten = _ten_lines(max(3, effort.plans))
    runs = asyncio.run(measured(effort.orders))
    wall, cpu = _middle(runs)
    return Result(
        seconds=_rounded(seconds),
        seconds_5_levels_1000=round(deep, 5),
        peak_mib=_rounded(peaks),
        growth_10000_over_1000=round(statistics.median(b / a for a, b in zip(small, large, strict=True)), 2),
        ten_line_plan_seconds=round(ten, 5),
        ten_line_run_wall_p50=round(wall, 4),
        ten_line_run_cpu_p50=round(cpu, 4),
        share_of_running=round(ten / wall, 5),
        share_of_cpu=round(ten / cpu, 5),
    )


def as_text(result: Result) -> str:
    """Return one figure a line."""
    lines = []
    for name, value in result._asdict().items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        lines += [f"{name + (' ' + key if key else ''):<28}{each}" for key, each in parts]
    return "\n".join(lines)


def _ten_lines(repeats: int) -> float:
    catalog = load_catalog(EXAMPLE / "catalog").catalog
    if catalog is None:
        raise RuntimeError("the catalog of SmartBytes does not load")
    work = _planning(ten_line_order(), catalog)
    work()
    return _median(repeats, work)


def _planning(order: Order, catalog: Catalog) -> Callable[[], None]:
    return lambda: _plan(order, catalog)


def _plan(order: Order, catalog: Catalog) -> None:
    found = plan(order, catalog, now=NOW)
    if isinstance(found, Refused):
        raise RuntimeError("\n".join(str(each) for each in found.issues))
    _check(found, order)


def _check(found: OrderPlan, order: Order) -> None:
    """Raise if the plan is too small to be worth a figure."""
    if len(found.steps) < len(order.lines) / 2:
        raise RuntimeError(f"{len(found.steps)} steps for {len(order.lines)} lines")


def _timed(work: Callable[[], None]) -> float:
    """Return seconds of the processor: planning waits for nothing, and a busy machine does not show in them."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _median(repeats: int, work: Callable[[], None]) -> float:
    return statistics.median(_timed(work) for _ in range(repeats))


def _pairs(repeats: int, one: Callable[[], None], other: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Return times of both, taken in turns, so that what slows the machine slows both."""
    times = [(_timed(one), _timed(other)) for _ in range(repeats)]
    return [each[0] for each in times], [each[1] for each in times]


def _peak(work: Callable[[], None]) -> float:
    """Return how much memory `work` holds at most, in MiB."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MEBIBYTE
    finally:
        tracemalloc.stop()


def _middle(runs: list[Run]) -> Run:
    return Run(statistics.median(each.wall for each in runs), statistics.median(each.cpu for each in runs))


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(figure, 5) for name, figure in figures.items()}


if __name__ == "__main__":
    main()
