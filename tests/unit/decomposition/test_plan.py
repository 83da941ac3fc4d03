"""Planning: scenarios, instances, dependencies, refusals, what the plan carries (`domain.md` C7, D6, P1-P3, P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from catalog.catalog import Catalog
from decomposition.lines import Verdict
from decomposition.model import Because, Dropped
from tests.unit.decomposition.builders import a_catalog, an_order, checks, planned, refused, step, waits
from tests.unit.decomposition.groups import goods, milestone

BUNDLES = {
    "B": {"product": "BUNDLE"},
    "B1": {"product": "GOOD", "parent": "B"},
    "B2": {"product": "GOOD", "parent": "B"},
    "S": {"product": "GOOD"},
}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("plan", ["g.s"]),
        ("bundle", ["g.s@B", "g.s@S"]),
        ("line", ["g.s@B1", "g.s@B2", "g.s@S"]),
    ],
)
def test_steps_and_their_ids_follow_the_scope(scope: str, expected: list[str]) -> None:
    plan = planned(an_order(BUNDLES), goods({"g": {"s": milestone(scope)}}))
    assert [each.id for each in plan.steps] == expected


def test_a_step_by_key_has_a_hash_in_its_id_and_falls_back_without_key() -> None:
    catalog = goods({"g": {"s": milestone({"by": "line.attributes.site", "fallback": "line"})}})
    order = an_order(
        {
            "L1": {"product": "GOOD", "attributes": {"site": "Mrs Secret, 1 Pole"}},
            "L2": {"product": "GOOD", "attributes": {"site": "Mrs Secret, 1 Pole"}},
            "L3": {"product": "GOOD"},
        }
    )
    plan = planned(order, catalog)
    fallback, keyed = plan.steps
    assert (fallback.id, fallback.sources) == ("g.s@L3", ("L3",))
    assert keyed.sources == ("L1", "L2")
    assert len(keyed.id) == len("g.s~") + 10
    assert "Secret" not in keyed.id


def test_an_id_too_long_becomes_a_hash() -> None:
    long = "a" * 32
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={each * 32: {"name": each} for each in "TUVW"},
        decomposition_rules={
            "R1": {"product": "P", "target": "T" * 32, "quantity": "1"},
        },
        step_groups={long: {"steps": {long: milestone("line")}}},
        scenarios={"S": {"product": "T" * 32, "group": long}},
    )
    plan = planned(an_order({"L" * 32: {"product": "P"}}), catalog)
    assert [len(each.id) for each in plan.steps] == [len(f"{long}.{long}~") + 10]


def test_a_whole_order_scenario_has_all_lines_behind_it_and_pairs_with_all() -> None:
    catalog = goods(
        {"pay": {"charge": milestone("plan", "g.s")}, "g": {"s": milestone("line", "pay.hold")}},
        {"S-PAY": {"group": "pay"}, "S-G": {"product": "GOOD", "group": "g"}},
    )
    plan = planned(an_order(BUNDLES), catalog)
    assert waits(plan)["pay.charge"] == ["g.s@B1", "g.s@B2", "g.s@S"]
    assert step(plan, "pay.charge").because == (Because(scenario="S-PAY", line=None),)
    assert step(plan, "pay.charge").origin == ("B", "B1", "B2", "S")


def test_an_order_without_lines_gets_the_whole_order_steps_in_sequence() -> None:
    catalog = goods(
        {"a": {"s": milestone()}, "b": {"s": milestone("plan", "a.s")}}, {"S1": {"group": "a"}, "S2": {"group": "b"}}
    )
    assert waits(planned(an_order(), catalog)) == {"a.s": [], "b.s": ["a.s"]}


def test_a_step_for_lines_that_only_the_whole_order_brings_in_is_refused() -> None:
    catalog = goods(
        {"a": {"s": milestone("line")}},
        {
            "S1": {"group": "a"},
        },
    )
    assert checks(refused(an_order(), catalog)) == ["step_without_lines"]


def test_by_default_steps_pair_on_a_line_or_its_bundle() -> None:
    catalog = goods(
        {"wrap": {"s": milestone("line")}, "g": {"s": milestone("line", {"step": "wrap.s", "unpaired": "start"})}},
        {"S1": {"product": "BUNDLE", "group": "wrap"}, "S2": {"product": "GOOD", "group": "g"}},
    )
    plan = planned(an_order(BUNDLES), catalog)
    assert waits(plan) == {"wrap.s@B": [], "g.s@B1": ["wrap.s@B"], "g.s@B2": ["wrap.s@B"], "g.s@S": []}
    (dropped,) = plan.dropped
    assert (dropped.step, dropped.prerequisite) == ("g.s@S", "wrap.s")
    assert "declared to start" in dropped.why


def test_the_refusal_names_the_nearest_pairing_that_would_pair() -> None:
    catalog = goods(
        {"wrap": {"s": milestone("line")}, "g": {"s": milestone("line", {"step": "wrap.s", "pair": "line"})}},
        {"S1": {"product": "BUNDLE", "group": "wrap"}, "S2": {"product": "GOOD", "group": "g"}},
    )
    refusal = refused(an_order(BUNDLES), catalog)
    assert [each.hint.split("` would")[0] for each in refusal.issues] == [
        "`pair: origin",
        "`pair: origin",
        "`pair: all",
    ]


def test_siblings_of_a_bundle_do_not_pair_by_default_but_by_bundle() -> None:
    def catalog(pair: object) -> Catalog:
        return goods(
            {
                "a": {"s": milestone("line")},
                "b": {"s": milestone("line", {"step": "a.s", "pair": pair})},
            },
            {
                "S1": {"product": "GOOD", "group": "a", "when": "line.id == 'B1'"},
                "S2": {"product": "GOOD", "group": "b", "when": "line.id == 'B2'"},
                "S3": {"product": "GOOD", "group": "a", "when": "line.id == 'S'"},
            },
        )

    (issue,) = refused(an_order(BUNDLES), catalog("origin")).issues
    assert issue.check == "unpaired_prerequisite"
    assert issue.hint == "`pair: bundle` would pair them; `unpaired: start` lets it start without."
    (issue,) = refused(an_order(BUNDLES), catalog({"by": "line.id"})).issues
    assert "by `line.id`" in issue.message
    assert waits(planned(an_order(BUNDLES), catalog("bundle")))["b.s@B2"] == ["a.s@B1"]
    assert waits(planned(an_order(BUNDLES), catalog("all")))["b.s@B2"] == ["a.s@B1", "a.s@S"]


def test_a_prerequisite_that_the_order_has_not_is_dropped_and_recorded_or_refuses_it_if_required() -> None:
    def catalog(*, required: bool) -> Catalog:
        return goods({"g": {"s": milestone("line", {"step": "other.s", "required": required})}})

    plan = planned(an_order({"L1": {"product": "GOOD"}}), catalog(required=False))
    assert plan.dropped == (Dropped(step="g.s@L1", prerequisite="other.s", why="the order has no such step"),)
    refusal = refused(an_order({"L1": {"product": "GOOD"}}), catalog(required=True))
    assert checks(refusal) == ["required_prerequisite"]


def test_a_lag_is_kept_and_of_two_the_longer() -> None:
    catalog = goods(
        {"g": {"a": milestone(), "b": milestone("plan", {"step": "a", "lag": "1h"}, {"step": "g.a", "lag": "2h"})}}
    )
    (after,) = step(planned(an_order({"L1": {"product": "GOOD"}}), catalog), "g.b").after
    assert after.lag == timedelta(hours=2)


def test_a_cycle_is_refused_with_its_path_and_titles() -> None:
    catalog = goods(
        {"g": {"a": milestone("plan", "c"), "b": milestone("plan", "a"), "c": milestone("plan", "b", title="See")}}
    )
    (issue,) = refused(an_order({"L1": {"product": "GOOD"}}), catalog).issues
    assert issue.check == "step_cycle"
    assert "`g.a` (a) → `g.c` (See) → `g.b` (b) → `g.a` (a)" in issue.message


def test_an_order_that_has_nothing_to_do_is_refused() -> None:
    catalog = goods({"g": {"s": milestone()}})
    assert checks(refused(an_order({"L1": {"product": "NOTHING"}}), catalog)) == ["empty_plan"]
    assert checks(refused(an_order(), catalog)) == ["empty_plan"]


def test_a_line_for_which_nothing_need_be_done_does_not_refuse_the_others() -> None:
    plan = planned(
        an_order({"L1": {"product": "NOTHING"}, "L2": {"product": "GOOD"}}), goods({"g": {"s": milestone()}})
    )
    assert step(plan, "g.s").sources == ("L2",)


def test_every_line_that_nothing_covers_is_refused_a_bundle_only_for_its_parts() -> None:
    catalog = goods({"g": {"s": milestone()}}, {"S": {"product": "GOOD", "group": "g", "when": "line.id == 'B1'"}})
    refusal = refused(an_order(BUNDLES | {"E": {"product": "BUNDLE"}}), catalog)
    assert [each.path for each in refusal.issues] == [("lines", "B2"), ("lines", "E"), ("lines", "S")]


def test_a_technical_line_that_no_scenario_serves_is_refused() -> None:
    technical = {"T": {"name": "Thing"}, "U": {"name": "Part of it"}}
    rules = {"R1": {"product": "GOOD", "target": "T"}, "R2": {"product": "T", "target": "U"}}
    order = an_order({"L1": {"product": "GOOD"}})

    def catalog(scenarios: Mapping[str, object]) -> Catalog:
        groups = {"g": {"s": milestone()}}
        return goods(groups, scenarios, technical_products=technical, decomposition_rules=rules)

    assert [each.message for each in refused(order, catalog({})).issues] == [
        "Line `U@L1`: nothing is done for `U` (Part of it) with action `add`."
    ]
    for subject in ({"product": "U"}, {"product": "T"}, {"product": "GOOD"}, {}):
        assert [each.id for each in planned(order, catalog({"S": {**subject, "group": "g"}})).steps] == ["g.s"]


def test_the_nearest_class_that_has_a_scenario_for_the_action_is_asked() -> None:
    catalog = a_catalog(
        classifications={"TOP": {"name": "Top"}, "SUB": {"name": "Sub", "parent": "TOP"}},
        products={"P": {"name": "P", "classification": "SUB"}},
        step_groups={"g": {"steps": {"s": milestone()}}},
        scenarios={
            "S-SUB": {"classification": "SUB", "actions": ["cancel"], "group": "g"},
            "S-TOP": {"classification": "TOP", "group": "g"},
        },
    )
    plan = planned(an_order({"L1": {"product": "P"}}), catalog)
    assert [(each.rule, each.verdict) for each in plan.trace] == [
        ("S-SUB", Verdict.OTHER_ACTION),
        ("S-TOP", Verdict.MATCHED),
    ]


def test_a_scenario_whose_condition_fails_names_itself_and_its_line() -> None:
    catalog = goods({"g": {"s": milestone()}}, {"S": {"product": "GOOD", "group": "g", "when": "line.attributes.rush"}})
    (issue,) = [
        each for each in refused(an_order({"L1": {"product": "GOOD"}}), catalog).issues if "`S`" in each.message
    ]
    assert (issue.check, issue.path) == ("no_condition", ("lines", "L1"))
