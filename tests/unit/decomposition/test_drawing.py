"""Plans drawn as text: trees and tables for people, Mermaid and DOT for other programs (`domain.md` P7)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from decomposition.diagrams import dot, mermaid
from decomposition.drawing import table, tree
from decomposition.foresight import LATER, Foresight
from decomposition.model import OrderPlan
from tests.unit.decomposition.builders import a_catalog, an_order, planned, step
from tests.unit.decomposition.groups import goods, milestone
from tests.unit.golden import assert_golden

DRAWINGS: dict[str, Callable[[OrderPlan], str]] = {"tree": tree, "table": table, "mermaid": mermaid, "dot": dot}
HOSTILE = 'end "x"]; --> `rm` \\ {a|b} #35; <b>&amp;\n%% s0 [label="'


def installation() -> OrderPlan:
    """Plan an order of a set of two goods, one shipped line for each, joined by an installation on a date."""
    catalog = a_catalog(
        products={
            "SET": {"name": "Home set", "components": {"LAMP": {}, "BULB": {"default": 2}}},
            "LAMP": {"name": "Lamp", "nothing_to_do": "It is in the box."},
            "BULB": {"name": "Bulb", "nothing_to_do": "It is in the box."},
        },
        technical_products={"BOX": {"name": "Box", "scope": "bundle"}},
        decomposition_rules={
            "R-BULB": {"product": "BULB", "target": "BOX"},
            "R-LAMP": {"product": "LAMP", "target": "BOX"},
            "R-SPARE": {"product": "LAMP", "target": "BOX", "when": "source.quantity > 5"},
        },
        systems={"wms": {"operations": {"ship": {"path": "/ship", "outputs": OUTPUTS}}}},
        step_groups={
            "delivery": {
                "title": "Delivery",
                "steps": {
                    "ship": {
                        "type": "callout",
                        "title": "Ship the box",
                        "operation": "wms.ship",
                        "scope": "line",
                        "after": ["home.agree", "customs.clear"],
                        "expected_duration": "2d",
                    },
                },
            },
            "home": {
                "title": "At home",
                "steps": {
                    "agree": {"type": "manual_task", "title": "Agree on a day", "expected_duration": "1d"},
                    "install": {
                        "type": "manual_task",
                        "title": "Install it",
                        "when": "steps.delivery.ship.carrier is not null",
                        "schedule": {"base": "requested_date", "offset": "-1d"},
                        "after": [{"step": "delivery.ship", "lag": "2h"}],
                        "expected_duration": "3h",
                    },
                    "rate": {
                        "type": "milestone",
                        "title": "Ask how it went",
                        "when": "order.priority == 'high'",
                        "after": ["install"],
                    },
                },
            },
        },
        scenarios={
            "S-BOX": {"product": "BOX", "group": "delivery"},
            "S-HOME": {"product": "SET", "group": "home"},
            "S-RUSH": {"group": "home", "when": "order.priority == 'high'"},
        },
    )
    return planned(an_order({"L1": {"product": "SET"}}, requested_completion="2026-12-04"), catalog)


OUTPUTS = {"carrier": {"type": "text", "value": "response.body.carrier"}}


def hostile() -> OrderPlan:
    steps = {"a": milestone(title=HOSTILE), "b": milestone("plan", {"step": "a", "lag": "2h"}, title=HOSTILE)}
    catalog = goods({"g": steps})
    group = catalog.step_groups[0].model_copy(update={"title": HOSTILE})
    return planned(an_order({"L1": {"product": "GOOD"}}), catalog.model_copy(update={"step_groups": (group,)}))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_plan_is_drawn_as_in_the_golden_file(name: str) -> None:
    assert_golden(f"drawing/{name}.txt", DRAWINGS[name](installation()))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_plan_read_back_is_drawn_the_same(name: str) -> None:
    found = installation()
    assert DRAWINGS[name](OrderPlan.model_validate_json(found.model_dump_json())) == DRAWINGS[name](found)


def test_mermaid_stays_mermaid_whatever_titles_say() -> None:
    node = r's\d+\["[\w .,:/+=@~→\'#;<>-]*"\]'
    known = (
        r"flowchart LR",
        r'  subgraph lane\d+\["[^"\]\[`{}|]*"\]',
        rf"    {node}",
        r"  end",
        r'  s\d+ -->(\|"[\w ,]+"\|)? s\d+',
        r"  classDef critical stroke-width:3px",
        r"  class s\d+(,s\d+)* critical",
    )
    lines = mermaid(hostile()).splitlines()
    assert [line for line in lines if not any(re.fullmatch(each, line) for each in known)] == []
    assert sum(line.strip() == "end" for line in lines) == 1
    texts = re.findall(r'"([^"]*)"', mermaid(hostile()))
    entity = re.compile(r"#(\d+);")
    read = [entity.sub(lambda found: chr(int(found[1])), text.partition("<br/>")[0]) for text in texts]
    assert read.count(" ".join(HOSTILE.split())) == 3


def test_dot_stays_dot_whatever_titles_say() -> None:
    drawn = dot(hostile())
    quoted = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
    bare = quoted.sub("T", drawn)
    assert set(bare.split()) <= {
        *(
            "digraph",
            "T",
            "{",
            "}",
            "rankdir=LR",
            "node",
            "[shape=box]",
            "subgraph",
            "cluster_0",
            "label=T",
            "s0",
            "s1",
        ),
        *("[label=T]", "[label=T,", "penwidth=3]", "->"),
    }
    texts = [re.sub(r'\\(["\\])', r"\1", each) for each in quoted.findall(drawn)]
    assert sum(each.startswith(" ".join(HOSTILE.split())) for each in texts) == 3


def test_no_title_breaks_a_line_of_a_tree_or_a_table() -> None:
    found = hostile()
    assert len(table(found).splitlines()) == 1 + len(found.steps) + 3
    assert '%% s0 [label=" (`g.a`)' in tree(found)


def test_a_condition_is_told_beforehand_unless_it_reads_what_is_not_known_yet() -> None:
    found = installation()
    foresight = Foresight(found)
    assert {each.name: foresight.condition(each) for each in found.steps} == {
        "ship": "",
        "agree": "",
        "install": LATER,
        "rate": "false",
    }


def test_a_condition_that_has_no_value_says_why() -> None:
    found = planned(
        an_order({"L1": {"product": "GOOD"}}),
        goods({"g": {"it": milestone(when="1 / (order.lines[0].quantity - 1) > 0")}}),
    )
    assert Foresight(found).condition(step(found, "g.it")).startswith("without a value: ")


def test_a_line_with_several_sources_is_drawn_whole_once() -> None:
    drawn = tree(installation())
    assert drawn.count("technical line Box (`BOX@L1`)") == 2
    assert drawn.count("technical line Box (`BOX@L1`), 3 to add, drawn above") == 1
    assert drawn.count("step Ship the box (`delivery.ship@BOX@L1`)") == 1


def test_a_long_chain_of_levels_is_no_recursion() -> None:
    depth = 1_500
    codes = [f"T{n:04}" for n in range(depth)]
    catalog = a_catalog(
        products={"TOP": {"name": "Top"}},
        technical_products={code: {"name": code} for code in codes},
        decomposition_rules={
            f"R{code}": {"product": above, "target": code} for above, code in zip(["TOP", *codes], codes, strict=False)
        },
        step_groups={"g": {"steps": {"it": milestone()}}},
        scenarios={"S": {"product": "TOP", "group": "g"}},
    )
    assert tree(planned(an_order({"L1": {"product": "TOP"}}), catalog)).count("technical line") == depth


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_plan_stored_before_plans_had_dates_is_drawn_without(name: str) -> None:
    dates = {"planned_start", "planned_end", "latest_start", "critical", "not_before", "undated"}
    stored = installation().model_dump(
        mode="json", exclude={"predicted_completion": True, "critical_path": True, "steps": {"__all__": dates}}
    )
    drawn = DRAWINGS[name](OrderPlan.model_validate(stored))
    assert "Ship the box" in drawn
    assert not any(word in drawn for word in ("Predicted", "critical", "planned 2026"))
