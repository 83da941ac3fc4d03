"""Measures how fast a catalog is tried on recorded orders, and that memory does not grow with their number.

python -m benchmarks.impact [--orders 10000] [--json]
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlmodel import Session

from catalog.base import Refused
from catalog.catalog import Catalog
from decomposition.order import Order
from orderbook.accepted import Chosen
from orderbook.connection import BUSY_TIMEOUT, open_engine, writing
from orderbook.migrate import migrate
from orderbook.store import OrderBook
from orderbook.tables import OrderRow
from service.catalogs import EXAMPLE, load_catalog, load_order
from service.impact import impact

BEGUN = datetime(2026, 11, 25, tzinfo=UTC)
ORDERS = ("laptop-bundle.yaml", "laptop-bundle-amended.yaml", "office-move.yaml")
CHANGED = (("    expected_duration: 2d", "    expected_duration: 3d"),)
MEBIBYTE = 1024 * 1024


class Result(NamedTuple):
    """What trying a catalog on so many orders took; memory is all of the process, at its peak."""

    orders: int
    changed: int
    seconds: float
    orders_per_second: float
    peak_mib: float


def main() -> None:
    """Measure a tenth of the orders, then all, each in a process of its own; print figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.impact", description="Times `dro catalog impact`.")
    parser.add_argument("--orders", type=int, default=10_000, metavar="N", help="how many orders are recorded")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args()
    results = [measured(each) for each in (max(1, options.orders // 10), options.orders)]
    if options.json:
        print(json.dumps([each._asdict() for each in results], indent=2))
        return
    for each in results:
        print("\n".join(f"{name:<20}{figure}" for name, figure in each._asdict().items()), end="\n\n")


def measured(orders: int) -> Result:
    """Return the figures of so many orders.

    Recording and trying have processes of their own: a process's peak only ever grows, and its children begin with it.
    """
    with (
        tempfile.TemporaryDirectory() as home,
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes,
    ):
        url = processes.apply(record, (Path(home), orders))
        return processes.apply(try_catalog, (url, Path(home) / "catalog"))


def record(home: Path, orders: int) -> str:
    """Record orders of SmartBytes' examples in a new order book, and put a changed catalog beside it."""
    url = f"sqlite:///{home}/orders.db"
    migrate(url)
    loaded = load_catalog(EXAMPLE / "catalog")
    assert loaded.catalog is not None
    book = OrderBook(url)
    book.store_catalog(loaded.catalog, dict(loaded.sources), label="v1", author="bench", note="", at=BEGUN)
    book.close()
    engine = writing(open_engine(url, BUSY_TIMEOUT))
    with Session(engine) as session, session.begin():
        session.add_all(rows(loaded.catalog, orders))
    engine.dispose()
    for name, text in loaded.sources:
        file = home / "catalog" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(changed(text))
    return url


def changed(text: str) -> str:
    """Return a file of the catalog as it is tried: goods take longer to ship."""
    for old, new in CHANGED:
        text = text.replace(old, new)
    return text


def rows(catalog: Catalog, orders: int) -> Iterator[OrderRow]:
    """Yield accepted orders in the course of time, the examples in turns under numbers of their own."""
    examples = itertools.cycle(_example(name) for name in ORDERS)
    for number, example in zip(range(orders), examples, strict=False):
        order = example.model_copy(update={"number": f"B-{number:06}"})
        yield OrderRow(
            number=order.number,
            account=order.account,
            priority=order.priority.value,
            digest=order.digest,
            content=order.model_dump_json(),
            catalog=catalog.digest,
            accepted_at=BEGUN + timedelta(seconds=number),
            actor="bench",
        )


def _example(name: str) -> Order:
    loaded = load_order(EXAMPLE.parent / "smartbytes" / "orders" / name)
    assert loaded.order is not None, loaded.issues
    return loaded.order


def try_catalog(url: str, folder: Path) -> Result:
    """Try the changed catalog on all orders, as `dro catalog impact` does."""
    book = OrderBook(url)
    begun = time.perf_counter()
    found = impact(str(folder), book, Chosen(until=BEGUN + timedelta(days=3650)))
    seconds = time.perf_counter() - begun
    book.close()
    if isinstance(found, Refused):
        raise SystemExit("\n".join(map(str, found.issues)))
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    told = found.impact
    if told.untold or told.refused:
        raise SystemExit(f"{told.untold + told.refused} orders were refused")
    return Result(
        orders=told.orders,
        changed=told.changed,
        seconds=round(seconds, 1),
        orders_per_second=round(told.orders / seconds, 1),
        peak_mib=round(peak / MEBIBYTE),
    )


if __name__ == "__main__":
    main()
