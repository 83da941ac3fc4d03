"""Times reading and checking a large catalog against what PyYAML's C loader alone takes for the same files.

python -m benchmarks.check_catalog [--json] [--quick]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from benchmarks.big_catalog import Size, files
from service.catalogs import load_catalog

MEBIBYTE = 1024 * 1024


class Effort(NamedTuple):
    """How large the catalog is, and how often both are timed; every figure is the median of its repeats."""

    size: Size
    repeats: int


FULL = Effort(Size(products=2_000, technical=500, rules=5_000), repeats=5)
QUICK = Effort(Size(products=400, technical=100, rules=1_000), repeats=1)


class Result(NamedTuple):
    """What was measured: sizes, seconds of the processor, and memory at its peak."""

    products: int
    rules: int
    files_mib: float
    yaml_seconds: float
    load_seconds: float
    ratio: float
    peak_mib: float


def main() -> None:
    """Measure, and print the figures as text or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check_catalog", description="Times the checks.")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--quick", action="store_true", help="a smaller catalog, timed once: figures are rough")
    options = parser.parse_args()
    result = measure(QUICK if options.quick else FULL)
    figures = result._asdict()
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<16}{v}" for k, v in figures.items()))


def measure(effort: Effort) -> Result:
    """Return all figures; the two are timed in turns, so that what slows the machine slows both."""
    with tempfile.TemporaryDirectory() as home:
        texts = write(Path(home), effort.size)
        _load(Path(home))  # imports, and what is built once for all catalogs
        pairs = [(_timed(lambda: _parse(texts)), _timed(lambda: _load(Path(home)))) for _ in range(effort.repeats)]
        peak = _peak(lambda: _load(Path(home)))
    return Result(
        products=effort.size.products,
        rules=effort.size.rules,
        files_mib=round(sum(len(each.encode()) for each in texts) / MEBIBYTE, 2),
        yaml_seconds=round(statistics.median(alone for alone, _ in pairs), 3),
        load_seconds=round(statistics.median(checked for _, checked in pairs), 3),
        ratio=round(statistics.median(checked / alone for alone, checked in pairs), 2),
        peak_mib=round(peak, 1),
    )


def write(folder: Path, size: Size) -> tuple[str, ...]:
    """Write the files of a large catalog and return their texts."""
    texts = []
    for name, text in files(size):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        texts.append(text)
    return tuple(texts)


def _parse(texts: Sequence[str]) -> None:
    for text in texts:
        yaml.load(text, Loader=yaml.CSafeLoader)


def _load(folder: Path) -> None:
    """Read and check the catalog as every command does; raise if anything is wrong with it."""
    loaded = load_catalog(folder)
    if loaded.catalog is None or loaded.issues:
        raise RuntimeError("\n".join(str(each) for each in loaded.issues[:10]))


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _peak(work: Callable[[], None]) -> float:
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MEBIBYTE
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
