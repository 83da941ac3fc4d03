"""Same input, same bytes; and what has nothing to do with a change does not change (`domain.md` D1, D7)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.catalog import Catalog
from catalog.steps import Pairing, PairKind
from decomposition.asking import Asking
from decomposition.explain import explain_plan
from decomposition.family import Family
from decomposition.lines import Line, LineId, LineKind
from decomposition.model import OrderPlan, Step
from decomposition.pairing import Pairs
from decomposition.records import Records
from tests.unit.decomposition.builders import a_catalog, an_order, planned

SECTIONS: Mapping[str, object] = {
    "classifications": {"ANY": {"name": "Any"}, "SOFT": {"name": "Software", "parent": "ANY"}},
    "products": {
        "BUNDLE": {"name": "Bundle", "components": {"APP": {"default": 2}, "DISK": {"min": 0, "max": 50}}},
        "APP": {"name": "App", "classification": "SOFT", "attributes": {"site": {"type": "text"}}},
        "DISK": {"name": "Disk", "classification": "ANY", "attributes": {"site": {"type": "text"}}},
        "ALONE": {"name": "Alone"},
    },
    "technical_products": {
        "KEY": {"name": "Key", "quantity": "per_unit"},
        "BOX": {"name": "Box", "scope": {"by": "source.attributes.site", "fallback": "bundle"}},
        "VAN": {"name": "Van", "scope": "order", "attributes": {"sites": {"type": "text", "merge": "join"}}},
    },
    "decomposition_rules": {
        "R1": {"classification": "SOFT", "target": "KEY"},
        "R2": {"classification": "ANY", "target": "BOX"},
        "R3": {
            "product": "BOX",
            "target": "VAN",
            "mappings": {"sites": {"expression": "coalesce(source.origin[0].attributes.site, 'none')"}},
        },
    },
    "step_groups": {
        "pay": {"steps": {"charge": {"type": "milestone"}, "close": {"type": "milestone", "after": ["key.send"]}}},
        "key": {
            "steps": {
                "make": {"type": "milestone", "scope": "line", "after": ["pay.charge", "load.pack"]},
                "send": {"type": "milestone", "scope": "bundle", "after": ["make"]},
            }
        },
        "load": {
            "steps": {
                "pack": {"type": "milestone", "scope": "line", "after": ["pay.charge"]},
                "drive": {"type": "milestone", "after": ["pack"]},
            }
        },
        "alone": {"steps": {"do": {"type": "milestone", "scope": "line", "after": ["pay.charge"]}}},
    },
    "scenarios": {
        "S1": {"group": "pay"},
        "S2": {"product": "KEY", "group": "key"},
        "S3": {"product": "BOX", "group": "load"},
        "S4": {"product": "ALONE", "group": "alone"},
    },
}

SITES = st.sampled_from(["north", "south", None])
LINES = st.lists(
    st.tuples(st.sampled_from(["BUNDLE", "APP", "DISK"]), SITES, st.integers(1, 3)), min_size=1, max_size=6
)


def lines_of(drawn: Sequence[tuple[str, str | None, int]]) -> dict[str, object]:
    """Return lines of an order: parts that follow a bundle are in it."""
    lines: dict[str, object] = {}
    bundle: str | None = None
    for number, (product, site, quantity) in enumerate(drawn, 1):
        code = f"L{number}"
        if product == "BUNDLE":
            bundle = code
            lines[code] = {"product": product, "quantity": quantity}
        else:
            parent = bundle if product == "DISK" else None
            lines[code] = {"product": product, "quantity": quantity, "attributes": {"site": site}, "parent": parent}
    return lines


def shuffled(value: object, random: Random) -> object:
    """Return `value` with the entries of all its mappings in another order."""
    if not isinstance(value, Mapping):
        return value
    entries = [(name, shuffled(part, random)) for name, part in value.items()]
    random.shuffle(entries)
    return dict(entries)


def catalog() -> Catalog:
    return a_catalog(**SECTIONS)


@settings(deadline=None)
@given(LINES, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_written_changes_no_byte(
    drawn: list[tuple[str, str | None, int]], random: Random
) -> None:
    lines = lines_of(drawn)
    one = planned(an_order(lines), catalog())
    other = planned(
        an_order({name: lines[name] for name in random.sample(sorted(lines), len(lines))}),
        Catalog.model_validate(shuffled(SECTIONS, random)),
    )
    assert other.model_dump_json() == one.model_dump_json()
    assert explain_plan(other) == explain_plan(one)


@settings(deadline=None)
@given(LINES, st.sampled_from(["A", "L1X", "Z"]))
def test_an_unrelated_line_more_changes_no_other_step(drawn: list[tuple[str, str | None, int]], code: str) -> None:
    before = planned(an_order(lines_of(drawn)), catalog())
    after = planned(an_order({**lines_of(drawn), code: {"product": "ALONE"}}), catalog())
    assert sorted({each.id for each in after.steps} - {each.id for each in before.steps}) == [f"alone.do@{code}"]
    assert {each.id: each.after for each in before.steps} == {
        each.id: each.after for each in after.steps if each.group != "alone"
    }


@settings(deadline=None)
@given(st.data())
def test_pairing_by_origin_is_having_a_line_or_an_ancestor_of_one_in_common(data: st.DataObject) -> None:
    parents: dict[LineId, LineId | None] = {}
    for number in range(data.draw(st.integers(1, 8))):
        parents[f"L{number}"] = data.draw(st.sampled_from([None, *parents]))
    origins = st.lists(st.sampled_from(sorted(parents)), min_size=1, max_size=3, unique=True)
    first = [_step(f"a.s@{number}", each) for number, each in enumerate(data.draw(st.lists(origins, max_size=5)))]
    second = [_step(f"b.s@{number}", each) for number, each in enumerate(data.draw(st.lists(origins, max_size=5)))]
    pairs = _pairs(parents)
    for step in second:
        expected = [each.id for each in first if _related(step, each, parents)]
        assert list(pairs.of(step, "a.s", first, Pairing(kind=PairKind.ORIGIN))) == expected


def _related(one: Step, other: Step, parents: Mapping[LineId, LineId | None]) -> bool:
    """Tell, comparing all with all, whether an origin has a line of the other's or an ancestor of one."""

    def above(line: LineId | None) -> list[LineId]:
        return [] if line is None else [line, *above(parents[line])]

    return any(a in above(b) or b in above(a) for a in one.origin for b in other.origin)


def _step(code: str, origin: Sequence[LineId]) -> Step:
    return Step(id=code, group=code[0], name="s", sources=tuple(sorted(origin)), origin=tuple(sorted(origin)))


def _pairs(parents: Mapping[LineId, LineId | None]) -> Pairs:
    lines = {
        code: Line.model_validate(
            {"id": code, "kind": LineKind.COMMERCIAL, "product": "P", "quantity": 1, "action": "add", "parent": parent}
        )
        for code, parent in parents.items()
    }
    return Pairs(Family(lines.values()), lines, Asking({}), Records(an_order(), (), (), {}))


def an_example() -> OrderPlan:
    """Return a plan with every scope and several levels."""
    drawn = [("BUNDLE", None, 2), ("DISK", "north", 1), ("DISK", None, 2), ("APP", "south", 3), ("DISK", "south", 1)]
    return planned(an_order(lines_of(drawn)), catalog())


def test_the_plan_has_the_same_bytes_whatever_the_hash_seed() -> None:
    program = "from tests.unit.decomposition.test_determinism import an_example; print(an_example().digest)"
    root = Path(__file__).parents[3]
    digests = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1", "4242")
    ]
    assert digests == [an_example().digest] * 3


def test_work_grows_no_faster_than_lines() -> None:
    def calls(count: int) -> int:
        made = 0

        def counted(*_: object) -> None:
            nonlocal made
            made += 1

        order = an_order({f"L{number}": {"product": "APP", "attributes": {"site": "x"}} for number in range(count)})
        sections = catalog()
        sys.setprofile(counted)
        try:
            planned(order, sections)
        finally:
            sys.setprofile(None)
        return made

    calls(10)
    assert calls(400) < 4.4 * calls(100)
