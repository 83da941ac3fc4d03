"""What holds of every plan of every catalog, each stated anew here, by brute force (`domain.md` D1-D4, P1-P3)."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from graphlib import TopologicalSorter
from pathlib import Path
from random import Random
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.catalog import SECTIONS, Catalog
from catalog.files import read_folder
from decomposition.lines import Line
from decomposition.model import Because, OrderPlan, Step
from tests.unit.decomposition.builders import a_catalog, an_order, planned, technical
from tests.unit.decomposition.worlds import CLASSES, FACTORS, IN_NORTH, World, worlds

# Always the same examples: a run that fails here fails everywhere.
bounded = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def plan_of(world: World) -> OrderPlan:
    return planned(an_order(world.lines), a_catalog(**world.sections))


def site(line: Line) -> str | None:
    return next((each.text for each in line.attributes if each.name == "site"), None)


def classes_of(world: World, line: Line) -> tuple[str, ...]:
    found = {**world.sections["products"], **world.sections["technical_products"]}[line.product]
    return CLASSES.get(found.get("classification", ""), ())


def behind(plan: OrderPlan, code: str) -> frozenset[str]:
    """Return the commercial lines behind a line, by walking down its sources."""
    line = plan.line(code)
    if line.kind == "commercial":
        return frozenset({code})
    return frozenset(each for source in line.sources for each in behind(plan, source.line))


def above(plan: OrderPlan, code: str) -> list[str]:
    """Return a commercial line and its ancestors, nearest first."""
    parent = plan.line(code).parent
    return [code, *(above(plan, parent) if parent else [])]


def origin_of(plan: OrderPlan, step: Step) -> frozenset[str]:
    """Return the commercial lines behind a step; a scenario for the order as a whole has all."""
    if any(each.line is None for each in step.because):
        return frozenset(line.id for line in plan.lines if line.kind == "commercial")
    return frozenset(each for reason in step.because if reason.line for each in behind(plan, reason.line))


# the same bytes


def split(sections: dict[str, dict[str, Any]], random: Random) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the definitions dealt out to files in folders, in random order."""
    names = ["z.yaml", "a.yml", "m/b.yaml", "m/deep/c.yaml"]
    files: dict[str, dict[str, dict[str, Any]]] = {each: {} for each in random.sample(names, random.randint(1, 4))}
    entries = [(section, *each) for section, definitions in sections.items() for each in definitions.items()]
    random.shuffle(entries)
    for section, name, definition in entries:
        files[random.choice([*files])].setdefault(section, {})[name] = definition
    return files


def read_from_files(files: dict[str, dict[str, dict[str, Any]]]) -> Catalog:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_text(yaml.safe_dump(content, sort_keys=False))
        read = read_folder(folder, SECTIONS)
    assert read.issues == ()
    return Catalog.model_validate(read.data)


@settings(bounded, max_examples=30)
@given(worlds(), st.randoms(use_true_random=False))
def test_a_catalog_split_into_other_files_gives_the_same_bytes(world: World, random: Random) -> None:
    codes = random.sample(sorted(world.lines), len(world.lines))
    read = read_from_files(split(world.sections, random))
    found = planned(an_order({code: world.lines[code] for code in codes}), read)
    assert found.model_dump_json() == plan_of(world).model_dump_json()


# lines


def rules_of(world: World, line: Line) -> dict[str, dict[str, Any]]:
    """Return the rules that are asked for a line: of those to one target, the ones of the nearest subject."""
    rules = world.sections["decomposition_rules"]
    found: dict[str, dict[str, Any]] = {}
    for subject in (line.product, *classes_of(world, line)):
        hidden = [each["target"] for each in found.values()]
        of_subject = {
            code: each for code, each in rules.items() if subject in (each.get("product"), each.get("classification"))
        }
        found |= {code: each for code, each in of_subject.items() if each["target"] not in hidden}
    return found


def due(world: World, plan: OrderPlan) -> Iterator[tuple[str, str, Decimal]]:
    """Yield (line, rule, quantity) for each rule that applies to a line, for all lines of the plan."""
    for line in plan.lines:
        for code, rule in rules_of(world, line).items():
            assert rule.get("when", IN_NORTH) == IN_NORTH
            if "when" not in rule or site(line) == "north":
                yield line.id, code, line.quantity * FACTORS[rule.get("quantity", "source.quantity")]


@bounded
@given(worlds())
def test_every_rule_that_applies_contributes_its_quantity_once(world: World) -> None:
    plan = plan_of(world)
    contributed: Counter[tuple[str, str]] = Counter()
    for line in plan.lines:
        for source in line.sources:
            contributed[source.line, source.rule] += source.quantity  # type: ignore[assignment]  # exact, as quantities are
    assert contributed == {(line, rule): quantity for line, rule, quantity in due(world, plan)}


@bounded
@given(worlds())
def test_a_technical_quantity_is_what_its_sources_add_up_to_by_its_method(world: World) -> None:
    plan = plan_of(world)
    units: Counter[str] = Counter()
    for code, line in technical(plan).items():
        total = sum(each.quantity for each in line.sources)
        method = world.sections["technical_products"][line.product].get("quantity", "aggregate")
        assert line.quantity == (total if method == "aggregate" else 1)
        if method == "per_unit":
            assert total == 1
            units[code.partition("#")[0]] += 1
    for instance, count in units.items():
        assert all(f"{instance}#{number}" in technical(plan) for number in range(1, count + 1))


@bounded
@given(worlds())
def test_every_technical_line_comes_from_order_lines_and_never_from_itself(world: World) -> None:
    plan = plan_of(world)
    sources = {line.id: [each.line for each in line.sources] for line in plan.lines}
    assert [*TopologicalSorter(sources).static_order()]  # raises if a line is behind itself
    for line in technical(plan).values():
        assert line.sources
        assert sorted(behind(plan, line.id)) == list(line.origin)
        for source in line.sources:
            assert world.sections["decomposition_rules"][source.rule]["target"] == line.product


# steps


@bounded
@given(worlds())
def test_every_step_is_there_for_a_line_or_for_the_order_as_a_whole(world: World) -> None:
    plan = plan_of(world)
    for step in plan.steps:
        assert step.because
        for reason in step.because:
            assert isinstance(reason, Because)
            scenario = world.sections["scenarios"][reason.scenario]
            assert scenario["group"] == step.group
            subject = scenario.get("product") or scenario.get("classification")
            if reason.line is None:
                assert subject is None
            else:
                line = plan.line(reason.line)
                assert subject in (line.product, *classes_of(world, line))
        assert sorted(origin_of(plan, step)) == list(step.origin)
        whole = [code for code, each in world.sections["scenarios"].items() if each == {"group": step.group}]
        assert whole == [each.scenario for each in step.because if isinstance(each, Because) and each.line is None]


@bounded
@given(worlds())
def test_no_step_waits_for_itself_or_for_one_that_is_not_there(world: World) -> None:
    plan = plan_of(world)
    graph = {step.id: [after.step for after in step.after] for step in plan.steps}
    assert sorted(TopologicalSorter(graph).static_order()) == sorted(graph)


@bounded
@given(worlds(), st.sampled_from(["A", "L1X", "Z"]))
def test_an_unrelated_line_more_changes_no_other_line_or_step(world: World, code: str) -> None:
    before = plan_of(world)
    after = plan_of(World(world.sections, {**world.lines, code: {"product": "ALONE"}}))
    new = [step.id for step in after.steps if before.step(step.id) is None]
    assert new == [f"alone.do@T-ALONE@{code}"]
    assert [step.after for step in after.steps if step.id not in new] == [step.after for step in before.steps]
    assert [line for line in after.lines if line.origin != (code,)] == list(before.lines)


# pairing


def pairs(plan: OrderPlan, one: Step, other: Step, pairing: Any) -> bool:
    """Tell whether two steps pair, as `domain.md` P2 has it."""
    mine, its = origin_of(plan, one), origin_of(plan, other)
    match pairing:
        case "all":
            return True
        case "line":
            return bool(mine & its)
        case "bundle":
            return bool({above(plan, each)[-1] for each in mine} & {above(plan, each)[-1] for each in its})
        case "origin":
            return any(a in above(plan, b) or b in above(plan, a) for a in mine for b in its)
        case _:
            return bool(sites(plan, one) & sites(plan, other))


def sites(plan: OrderPlan, step: Step) -> frozenset[str]:
    found = [site(plan.line(each)) for each in step.sources or sorted(origin_of(plan, step))]
    return frozenset(each for each in found if each is not None)


@bounded
@given(worlds())
def test_a_step_waits_for_exactly_the_instances_that_pair_and_what_has_none_is_recorded(world: World) -> None:
    plan = plan_of(world)
    dropped = []
    for step in plan.steps:
        expected: set[str] = set()
        for dependency in world.sections["step_groups"][step.group]["steps"][step.name].get("after", ()):
            instances = [each for each in plan.steps if each.definition == dependency["step"]]
            found = {each.id for each in instances if pairs(plan, step, each, dependency["pair"])}
            expected |= found
            if not found:
                dropped.append((step.id, dependency["step"]))
        assert [after.step for after in step.after] == sorted(expected)
    assert [(each.step, each.prerequisite) for each in plan.dropped] == sorted(dropped)


def test_the_examples_are_as_rich_as_they_claim_to_be() -> None:
    seen: Counter[str] = Counter()

    @settings(bounded)
    @given(worlds())
    def look(world: World) -> None:
        plan = plan_of(world)
        seen["levels"] += any(len(above(plan, line.id)) >= 3 for line in plan.lines if line.kind == "commercial")
        seen["further"] += any("@" in each.line or each.line[0] == "T" for line in plan.lines for each in line.sources)
        seen["shared"] += any(len(line.sources) > 1 for line in plan.lines)
        seen["units"] += any("#2" in line.id for line in plan.lines)
        seen["crossing"] += any(after.step[:2] != step.group for step in plan.steps for after in step.after)
        seen["hidden"] += any(each.rule.startswith("R") and each.verdict == "overridden" for each in plan.trace)
        seen["dropped"] += bool(plan.dropped)
        seen["whole"] += any(each.line is None for step in plan.steps for each in step.because)

    look()
    kinds = ("levels", "further", "shared", "units", "crossing", "hidden", "dropped", "whole")
    assert {kind: seen[kind] for kind in kinds if seen[kind] < 3} == {}
