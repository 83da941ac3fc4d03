"""People of an environment: roles, members of queues, assignment rules, and what the checks say of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.environment import Environment
from catalog.environment_checks import check_environment
from catalog.files import read_document
from catalog.people import Role, TaskFacts, assignment_rule, least_loaded, next_in_turn
from catalog.places import Places
from catalog.shapes import validate
from tests.unit.catalog.shops import catalog, lane

SHOP: dict[str, object] = {
    "products": {"BOOK": {"name": "Book", "nothing_to_do": "given away"}},
    "step_groups": {"packing": lane(pack={"type": "manual_task", "queue": "desk"})},
}


def environment(**sections: object) -> Environment:
    return Environment.model_validate(sections)


def told(**sections: object) -> list[str]:
    whole = {"queues": {"desk": {}}, **sections}
    return [str(each) for each in check_environment(environment(**whole), catalog(SHOP))]


def test_where_nobody_is_declared_everybody_may_do_everything() -> None:
    assert environment().roles_of("anybody") == tuple(Role)


def test_where_people_are_declared_strangers_have_no_role() -> None:
    here = environment(people={"ada": {"roles": ["operator", "admin"]}, "bob": {}})

    assert here.roles_of("ada") == (Role.OPERATOR, Role.ADMIN)
    assert (here.roles_of("bob"), here.roles_of("eve")) == ((), ())


def test_members_of_a_queue_are_those_whom_it_names_and_those_who_name_it() -> None:
    here = environment(people={"bob": {"queues": ["desk"]}, "ada": {}}, queues={"desk": {"members": ["ada"]}})

    assert here.members_of("desk") == ("ada", "bob")
    assert here.members_of("other") == ()


def rule_for(task: TaskFacts, **rules: dict[str, object]) -> str | None:
    found = assignment_rule(environment(assignment_rules=rules).assignment_rules, task)
    return found.name if found else None


PACK = TaskFacts(step="packing.pack", products=("BOOK", "BOX"), queue="desk", order_priority="high")


def test_the_most_exact_assignment_rule_wins_and_the_first_of_equals() -> None:
    rules: dict[str, dict[str, object]] = {
        "urgent": {"order_priority": "high", "to": "ada"},
        "queue": {"queue": "desk", "order_priority": "high", "to": "ada"},
        "book": {"product": "BOOK", "to": "ada"},
        "box": {"product": "BOX", "to": "ada"},
        "group": {"group": "packing", "to": "ada"},
        "step": {"step": "packing.pack", "to": "ada"},
    }
    wins = []
    while name := rule_for(PACK, **rules):
        wins.append(name)
        del rules[name]
    assert wins == ["step", "group", "book", "box", "queue", "urgent"]


@pytest.mark.parametrize(
    "other",
    [{"step": "packing.wrap"}, {"group": "shipping"}, {"product": "PEN"}, {"queue": "x"}, {"order_priority": "bulk"}],
)
def test_an_assignment_rule_needs_all_that_it_names(other: dict[str, object]) -> None:
    assert rule_for(PACK, all={"to": "ada", "order_priority": "high", **other}) is None


def test_turns_go_round_by_name_even_if_the_last_one_has_left() -> None:
    assert [next_in_turn(("bob", "ada", "cy"), last) for last in ("", "ada", "bob", "bea", "cy")] == [
        *("ada", "bob", "cy", "bob", "ada")
    ]
    assert next_in_turn((), "ada") == ""


def test_the_least_loaded_is_the_first_by_name_of_those_with_the_fewest() -> None:
    assert least_loaded(("cy", "bob", "ada"), {"ada": 2, "cy": 1, "bob": 1}) == "bob"
    assert least_loaded(("bob", "ada"), {}) == "ada"


def test_people_that_fit_have_no_issues() -> None:
    assert (
        told(
            people={"ada": {"roles": ["admin"], "queues": ["desk"]}},
            queues={
                "desk": {
                    "assignment": "round_robin",
                    "escalate_after": "2h",
                    "escalate_to": "top",
                    "calendar": "office",
                },
                "top": {"members": ["ada"], "notify": ["chat"]},
            },
            calendars={"office": {"hours": {"mon": "08:00-12:00"}}},
            webhooks={"chat": {"url": "http://chat.example"}},
            assignment_rules={"r": {"product": "BOOK", "to": "ada"}},
        )
        == []
    )


def test_names_of_people_that_nothing_has_are_told_with_the_nearest() -> None:
    found = told(
        people={"ada": {"roles": ["admin"], "queues": ["dask"]}},
        queues={"desk": {"members": ["adda"], "calendar": "offise", "notify": ["chatt"]}},
        calendars={"office": {"hours": {"mon": "08:00-12:00"}}},
        webhooks={"chat": {"url": "http://chat.example"}},
        assignment_rules={"r": {"group": "paking", "product": "BOK", "queue": "dsk", "to": "adam"}},
    )
    assert found == [
        (
            "assignment_rules.r.group: error[unknown_assignment_subject]: The catalog has no group `paking`. Did "
            "you mean `packing`?"
        ),
        (
            "assignment_rules.r.product: error[unknown_assignment_subject]: The catalog has no product `BOK`. "
            "Did you mean `BOOK`?"
        ),
        "assignment_rules.r.queue: error[unknown_queue_of_people]: There is no queue `dsk`. Did you mean `desk`?",
        "assignment_rules.r.to: error[unknown_person]: `adam` is neither a queue nor a person. Did you mean `ada`?",
        "people.ada.queues.0: error[unknown_queue_of_people]: There is no queue `dask`. Did you mean `desk`?",
        "queues.desk.calendar: error[unknown_calendar]: There is no calendar `offise`. Did you mean `office`?",
        "queues.desk.members.0: error[unknown_person]: There is no person `adda`. Did you mean `ada`?",
        "queues.desk.notify.0: error[unknown_queue_webhook]: There is no webhook `chatt`. Did you mean `chat`?",
    ]


def test_a_queue_that_hands_out_needs_members() -> None:
    assert told(queues={"desk": {"assignment": "least_loaded"}}) == [
        (
            "queues.desk.assignment: error[queue_without_members]: `desk` hands its tasks out by `least_loaded`, "
            "and has no members. List them under `members`, or name the queue under `queues` of people."
        ),
    ]


def test_an_escalation_says_when_and_to_where_and_leads_to_an_end() -> None:
    circle = {"escalate_after": "1h", "escalate_to": "desk"}
    assert told(queues={"desk": {"escalate_after": "1h", "escalate_to": "top"}, "top": circle}) == [
        (
            "queues.desk.escalate_to: error[escalation_circle]: Tasks would be escalated in a circle: desk → top "
            "→ desk. Remove one `escalate_to`."
        ),
    ]
    assert told(queues={"desk": {"escalate_to": "top"}, "top": {}}) == [
        (
            "queues.desk.escalate_to: error[half_escalation]: `desk` has `escalate_to` but not `escalate_after`, "
            "and so never escalates. Add `escalate_after`, or remove `escalate_to`."
        ),
    ]


def test_a_name_for_a_person_and_a_queue_and_people_without_admin_are_told() -> None:
    assert told(people={"desk": {"roles": ["operator"]}}) == [
        (
            "people: warning[nobody_admin]: Nobody has the role `admin`: what only an admin may do, nobody may. "
            "Add `admin` to somebody's `roles`."
        ),
        (
            "people.desk: error[ambiguous_person]: A person and a queue are both called `desk`; whatever goes "
            "there goes to the queue. Rename one of them."
        ),
    ]


def test_an_assignment_rule_like_one_before_it_never_applies() -> None:
    assert told(
        assignment_rules={"a": {"group": "packing", "to": "desk"}, "b": {"group": "packing", "to": "desk"}}
    ) == [
        (
            "assignment_rules.b: warning[shadowed_assignment_rule]: `b` never applies: `a` before it matches the "
            "same. Remove one of the two."
        ),
    ]


def test_the_people_of_the_reference_page_fit() -> None:
    page = (Path(__file__).parents[3] / "docs" / "catalog-format.md").read_text()
    [example] = re.findall(r"^```text\n(people:\n.+?)^```", page, re.MULTILINE | re.DOTALL)
    found, issues = validate(Environment, read_document(example).data, Places())

    assert issues == ()
    assert found
    assert found.members_of("credit") == ("bob",)
    assert [each for each in check_environment(found, catalog({})) if each.check != "unknown_assignment_subject"] == []
