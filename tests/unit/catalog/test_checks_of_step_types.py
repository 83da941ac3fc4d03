"""Checks of pauses and facts, and what expressions read of facts."""

from __future__ import annotations

from catalog.checks import check_catalog
from tests.unit.catalog.shops import catalog, lane, products, told

FACTS: dict[str, object] = {
    "order_facts": {"signed_off": {"type": "boolean"}, "channel": {"type": "text", "default": "web"}},
    "line_facts": {"date_agreed": {"type": "date"}},
}


def shop(**steps: dict[str, object]) -> dict[str, object]:
    return {
        **FACTS,
        "products": products(LAPTOP={}),
        "step_groups": {"g": lane(**steps)},
        "scenarios": {"s": {"product": "LAPTOP", "group": "g"}},
    }


def pause(until: str, **more: object) -> dict[str, object]:
    return {"type": "pause", "until": until, **more}


def test_pauses_that_wait_for_facts_have_no_issues() -> None:
    document = shop(
        one=pause("coalesce(facts.signed_off, false) and facts.channel == 'web'", timeout="5d", on_timeout="continue"),
        two=pause("line_facts.date_agreed is not null", scope="line", after="one"),
    )
    assert check_catalog(catalog(document)) == ()


def test_a_pause_that_waits_for_nothing_that_changes_is_an_error() -> None:
    (issue,) = told("constant_pause", shop(one=pause("order.priority == 'high'")))
    assert "The pause `g.one` reads no fact" in issue
    assert len(told("constant_pause", shop(one=pause("true")))) == 1


def test_a_pause_that_goes_on_needs_a_time_after_which() -> None:
    (issue,) = told("idle_timeout", shop(one=pause("coalesce(facts.signed_off, false)", on_timeout="continue")))
    assert "Give it a `timeout`" in issue


def test_a_fact_may_be_unknown_so_that_a_condition_says_what_then() -> None:
    (issue,) = told("expression", shop(one=pause("facts.signed_off")))
    assert "null" in issue
    assert told("expression", shop(one=pause("facts.channel == 'web'"))) == []


def test_a_misspelt_fact_is_an_error_with_the_nearest_one() -> None:
    (issue,) = told("expression", shop(one=pause("facts.signed_of is not null")))
    assert "Did you mean `signed_off`?" in issue


def test_line_facts_are_in_reach_of_steps_of_one_line_only() -> None:
    assert len(told("expression", shop(one=pause("line_facts.date_agreed is not null")))) == 1


def test_facts_are_not_in_reach_while_the_order_is_planned() -> None:
    document = {**shop(one={}), "scenarios": {"s": {"product": "LAPTOP", "group": "g", "when": "facts.channel == 'a'"}}}
    assert len(told("expression", document)) == 1


def test_a_fact_is_neither_required_nor_merged() -> None:
    document = {**shop(), "order_facts": {"a": {"type": "text", "required": True, "merge": "first"}}}
    first, second = told("required_fact", document)
    assert ("`merge` means nothing" in first, "`required` means nothing" in second) == (True, True)


def test_a_fact_that_no_step_reads_is_a_warning() -> None:
    issues = told("unread_fact", shop(one=pause("facts.channel == 'a' and facts.signed_off is null")))
    assert len(issues) == 1
    assert "`line_facts.date_agreed`" in issues[0]


def test_declarations_of_facts_are_checked_as_those_of_attributes() -> None:
    document = {**shop(), "line_facts": {"floor": {"type": "choice"}}}
    assert len(told("attribute_choices", document)) == 1


def computing(**task: object) -> dict[str, object]:
    declared = {
        "inputs": {"start": {"type": "date", "required": True}, "days": {"type": "integer", "default": 1}},
        "outputs": {"date": {"type": "date", "required": True}},
    }
    steps: dict[str, dict[str, object]] = {
        "compute": {"type": "auto_task", "function": "add_days", **task},
        "wait": pause("facts.signed_off is not null and steps.g.compute.date > date('2026-01-01')", after="compute"),
        "read": {"when": "facts.channel == 'web'"},
        "agreed": {"scope": "line", "when": "line_facts.date_agreed is not null"},
    }
    return {**shop(**steps), "functions": {"add_days": declared}}


def test_an_automatic_task_gives_typed_outputs_to_later_steps() -> None:
    assert check_catalog(catalog(computing(input={"start": "date('2026-01-01')"}))) == ()


def test_an_unknown_function_is_an_error_with_the_nearest_one() -> None:
    (issue,) = told("unknown_function", computing(function="add_dayz"))
    assert "Did you mean `add_days`?" in issue


def test_an_automatic_task_gives_every_required_input_and_no_unknown_one() -> None:
    assert len(told("function_input", computing(input={"strat": "date('2026-01-01')"}))) == 2


def test_an_input_of_a_function_has_its_declared_type() -> None:
    assert len(told("expression", computing(input={"start": "'soon'"}))) == 1
    assert len(told("expression", computing(input={"start": "order.order_date"}))) == 1


def test_a_function_that_no_step_computes_is_a_warning() -> None:
    assert len(told("unused_function", {"functions": {"add_days": {}}})) == 1


def test_no_system_is_called_functions() -> None:
    assert len(told("reserved_system", {"systems": {"functions": {"operations": {}}}})) == 1
