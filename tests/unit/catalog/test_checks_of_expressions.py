"""Checks of expressions: names, types and nulls are checked at every place of a catalog."""

from __future__ import annotations

import pytest

from tests.unit.catalog.shops import found, lane, products, told

SHELF = {"shelf": {"type": "text", "value": "response.body.shelf"}}


def rule(**parts: object) -> dict[str, object]:
    """Return a catalog with one rule from `P`, with the text attribute `a`, to `T`, with the integer attribute `x`."""
    return {
        "products": products(P={"attributes": {"a": {"type": "text"}}}),
        "technical_products": products(T={"attributes": {"x": {"type": "integer"}}}),
        "decomposition_rules": {"r": {"product": "P", "target": "T", **parts}},
        "value_tables": {"t": {"key": "integer", "value": "integer", "rows": {}}},
    }


def steps(**declared: dict[str, object]) -> dict[str, object]:
    """Return a catalog with one step group `g`, a step group `h`, and the operation `store.pick`."""
    return {
        "products": products(P={"attributes": {"a": {"type": "text"}}}),
        "scenarios": {"s": {"product": "P", "group": "g"}},
        "step_groups": {"g": lane(**declared), "h": lane(far={"type": "callout", "operation": "store.pick"})},
        "systems": {"store": {"operations": {"pick": {"path": "/pick", "outputs": SHELF}}}},
    }


def operation(**parts: object) -> dict[str, object]:
    """Return a catalog with one operation, which no step calls."""
    return {"systems": {"store": {"operations": {"pick": {"path": "/pick", **parts}}}}}


def messages(document: dict[str, object], check: str = "expression") -> list[tuple[str, str]]:
    """Return path and first line of the message of each issue of `check`."""
    return [(".".join(map(str, each.path)), each.message.split("\n")[0]) for each in found(check, document)]


def test_an_issue_shows_the_expression_with_a_caret() -> None:
    assert told("expression", rule(when="source.attributes.b == 'x'")) == [
        (
            "decomposition_rules.r.when: error[expression]: `source.attributes` has no field `b`. (column 1)\n"
            "    source.attributes.b == 'x'\n"
            "    ^ Its fields: `a`."
        )
    ]


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        ({"when": "source.quantity >"}, "when", ""),
        ({"when": "source.quantity"}, "when", "`source.quantity` is a number; a boolean is needed here. (column 1)"),
        ({"when": "line.quantity > 1"}, "when", "There is no `line` here. (column 1)"),
        ({"when": "bundle.quantity > 1"}, "when", "`bundle.quantity` may be null. (column 1)"),
        ({"quantity": "source.title"}, "quantity", "`source.title` is text; a number is needed here. (column 1)"),
        (
            {"mappings": {"x": {"expression": "source.title"}}},
            "mappings.x.expression",
            "`source.title` is text; an integer is needed here. (column 1)",
        ),
        (
            {"mappings": {"x": {"expression": "table('tt', 1)"}}},
            "mappings.x.expression",
            "There is no value table `tt`. (column 7)",
        ),
        (
            {"mappings": {"x": {"table": "t", "of": "source.title"}}},
            "mappings.x.of",
            "`source.title` is text; an integer is needed here. (column 1)",
        ),
    ],
)
def test_the_expressions_of_a_rule_are_checked(parts: dict[str, object], path: str, message: str) -> None:
    ((where, said),) = messages(rule(**parts))
    assert where == f"decomposition_rules.r.{path}"
    assert said == message or not message


def test_null_fills_only_an_attribute_that_is_not_required() -> None:
    document = rule(mappings={"x": {"expression": "source.term"}})
    assert messages(document) == []
    document["technical_products"] = products(T={"attributes": {"x": {"type": "integer", "required": True}}})
    assert messages(document) == [
        ("decomposition_rules.r.mappings.x.expression", "`source.term` may be null. (column 1)")
    ]


def test_the_key_of_a_scope_is_one_value() -> None:
    document: dict[str, object] = {"technical_products": products(T={"scope": {"by": "source.ship_to"}})}
    assert told("expression", document) == [
        (
            "technical_products.T.scope.by: error[expression]: A key is one value, not a record. (column 1)\n"
            "    source.ship_to\n"
            "    ^ Name one of its fields, or join them to a text."
        )
    ]


def test_a_scenario_for_whole_orders_has_no_line() -> None:
    document: dict[str, object] = {"scenarios": {"s": {"group": "g", "when": "line.quantity > 1"}}}
    assert messages(document) == [("scenarios.s.when", "There is no `line` here. (column 1)")]


def test_the_condition_of_a_scenario_reads_the_attributes_of_its_product() -> None:
    document = steps()
    document["scenarios"] = {"s": {"product": "P", "group": "g", "when": "line.attributes.aa is null"}}
    assert messages(document) == [("scenarios.s.when", "`line.attributes` has no field `aa`. (column 1)")]


@pytest.mark.parametrize(
    ("step", "path", "message"),
    [
        ({"when": "line.quantity > 1"}, "when", "There is no `line` here. (column 1)"),
        ({"when": "step.name == 'x'"}, "when", "`step` has no field `name`. (column 1)"),
        ({"when": "order.quantity > 1"}, "when", "`order` has no field `quantity`. (column 1)"),
        ({"scope": {"by": "lines"}}, "scope.by", "There is no `lines` here. (column 1)"),
        (
            {"type": "callout", "operation": "store.pick", "input": {"n": "line.id"}},
            "input.n",
            "There is no `line` here. (column 1)",
        ),
        (
            {"after": [{"step": "h.far", "pair": {"by": "line.titel"}}]},
            "after.0.pair.by",
            "`line` has no field `titel`. (column 1)",
        ),
    ],
)
def test_the_expressions_of_a_step_are_checked(step: dict[str, object], path: str, message: str) -> None:
    assert messages(steps(s=step)) == [(f"step_groups.g.steps.s.{path}", message)]


def test_a_pairing_reads_the_lines_of_both_sides() -> None:
    document = steps(s={"after": [{"step": "h.far", "pair": {"by": "line.attributes.a"}}]})
    document["products"] = products(P={"attributes": {"a": {"type": "text"}}}, Q={})
    document["scenarios"] = {"s": {"product": "P", "group": "g"}, "q": {"product": "Q", "group": "h"}}
    (issue,) = found("expression", document)
    assert issue.message.startswith("`line.attributes` has no field `a`.")
    assert issue.hint.endswith("here of `h`.")


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        ({"success": "response.status"}, "success", "`response.status` is an integer; a boolean is needed here."),
        ({"success": "order.number == '1'"}, "success", "There is no `order` here."),
        (
            {"outputs": {"n": {"type": "text", "value": "response.status"}}},
            "outputs.n.value",
            "`response.status` is an integer; text is needed here.",
        ),
        ({"error_code": "response.status"}, "error_code", "`response.status` is an integer; text is needed here."),
        (
            {"callback": {"success": "response.status == 200"}},
            "callback.success",
            "`response` has no field `status`.",
        ),
        (
            {"callback": {"outputs": {"n": {"type": "text", "value": "body.n"}}}},
            "callback.outputs.n.value",
            "There is no `body` here.",
        ),
        ({"request": {"a": {"b": ["order.number", "order.nr"]}}}, "request.a.b.1", "`order` has no field `nr`."),
        ({"request": {"to": "callback.url"}}, "request.to", "There is no `callback` here."),
        (
            {"request": {"each": "order.number", "as": "item"}},
            "request.each",
            "`order.number` is text; a list is needed here.",
        ),
        (
            {"request": {"all": {"each": "lines", "as": {"n": "item.number"}}}},
            "request.all.as.n",
            "`item` has no field `number`.",
        ),
    ],
)
def test_the_expressions_of_an_operation_are_checked(parts: dict[str, object], path: str, message: str) -> None:
    assert messages(operation(**parts)) == [(f"systems.store.operations.pick.{path}", f"{message} (column 1)")]


def test_a_request_is_checked_with_the_inputs_of_each_step_that_calls_it() -> None:
    call = {"type": "callout", "operation": "store.pick"}
    document = steps(
        a={**call, "input": {"n": "order.number"}},
        b={**call, "input": {"n": "1"}},
        c={**call, "input": {"m": "order.number"}},
    )
    document["step_groups"] = {"g": dict(document["step_groups"])["g"]}  # type: ignore[call-overload]
    request = {"upper": "upper(input.n)"}
    document["systems"] = {"store": {"operations": {"pick": {"path": "/pick", "request": request}}}}
    issues = found("expression", document)
    assert [(each.message.split("\n")[0], each.hint) for each in issues] == [
        ("`input.n` is an integer; text is needed here. (column 7)", "Step `g.b` calls it so."),
        ("`input` has no field `n`. (column 7)", "Its fields: `m`. Step `g.c` calls it so."),
    ]


def test_a_step_reads_the_outputs_of_the_steps_before_it() -> None:
    document = steps(
        pick={"type": "callout", "operation": "store.pick"},
        pack={"after": "pick"},
        ship={"after": "pack", "when": "steps.g.pick.shelf == 'A'"},
    )
    assert messages(document) == messages(document, "step_reference") == []


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("steps.g.pick.shelf == 'A'", "`g.s` does not depend on `g.pick`, so", "Add `g.pick` to `after` of `g.s`."),
        ("steps.g.s.x == 'A'", "Step `g.s` has no output `x`.", "`g.s` has no outputs."),
        ("steps.h.far.shelv == 'A'", "Step `h.far` has no output `shelv`.", "Did you mean `shelf`?"),
        ("steps.h.fat.shelf == 'A'", "Step group `h` has no step `fat`.", "Did you mean `far`?"),
        ("steps.zz.far.shelf == 'A'", "There is no step group `zz`.", "Groups: `g` and `h`."),
        ("steps.h.far == 'A'", "`steps.h.far` names no output.", "Write `steps.GROUP.STEP.OUTPUT`."),
    ],
)
def test_an_output_that_a_step_cannot_read_is_told_once_with_the_way_out(source: str, message: str, hint: str) -> None:
    document = steps(s={"when": source, "after": "h.far"}, pick={"type": "callout", "operation": "store.pick"})
    (issue,) = found("step_reference", document)
    assert issue.path == ("step_groups", "g", "steps", "s", "when")
    assert issue.message.startswith(message)
    assert issue.hint == hint
    assert messages(document) == []
