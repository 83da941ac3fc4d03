"""An environment is checked against the catalog that it serves."""

from __future__ import annotations

from catalog.environment import Environment
from catalog.environment_checks import check_environment
from tests.unit.catalog.shops import catalog, lane

STORE_OPERATIONS = {"operations": {"pick": {"path": "/pick"}, "ship": {"path": "/ship", "callback": {}}}}
SHOP: dict[str, object] = {
    "step_groups": {
        "shipping": lane(
            pick={"type": "callout", "operation": "store.pick"},
            ship={"type": "callout", "operation": "store.ship"},
            look={"type": "manual_task", "queue": "desk"},
        )
    },
    "systems": {"store": STORE_OPERATIONS},
}
STORE = {"base_url": "http://store.example", "callback_credentials": "STORE_TOKEN"}


def told(**environment: object) -> list[str]:
    """Return what the checks say of an environment that lacks nothing but what is given."""
    whole = {"systems": {"store": STORE}, "queues": {"desk": {}}, **environment}
    return [str(each) for each in check_environment(Environment.model_validate(whole), catalog(SHOP))]


def rules(**declared: dict[str, object]) -> list[str]:
    """Return what the checks say of an environment with these fallout rules."""
    return told(fallout_rules=declared)


def test_an_environment_that_serves_its_catalog_has_no_issues() -> None:
    assert rules(slow={"system": "store", "code": "busy", "queue": "desk"}, rest={}) == []


def test_a_system_that_a_step_calls_needs_an_address() -> None:
    assert told(systems={"stor": STORE}) == [
        (
            "systems: error[missing_system]: Step `shipping.pick` calls the system `store`, which has no address here. "
            "Did you mean `stor`?"
        ),
        "systems.stor: warning[unused_address]: The catalog has no system `stor`. Did you mean `store`?",
    ]


def test_a_system_that_calls_back_without_credentials_is_a_warning() -> None:
    assert told(systems={"store": {"base_url": "http://store.example"}}) == [
        (
            "systems.store: warning[missing_callback_credentials]: `store.ship` calls back, but `store` has no "
            "`callback_credentials`. Name the environment variable that holds its token."
        )
    ]


def test_a_limit_needs_a_task_queue_of_the_systems_own() -> None:
    limited = Environment.model_validate({"systems": {"store": {**STORE, "rate": 0.5, "concurrency": 2}}})
    shop = catalog({**SHOP, "systems": {"store": {**STORE_OPERATIONS, "own_queue": True}}})
    assert [str(each) for each in check_environment(limited, shop) if each.path[0] == "systems"] == []
    assert told(systems={"store": {**STORE, "rate": 0.5, "concurrency": 2}}) == [
        (
            "systems.store.concurrency: warning[limit_without_queue]: `concurrency` has no effect: the catalog gives "
            "`store` no task queue of its own. Add `own_queue: true` to `store` in the catalog, or remove "
            "`concurrency` here."
        ),
        (
            "systems.store.rate: warning[limit_without_queue]: `rate` has no effect: the catalog gives `store` no "
            "task queue of its own. Add `own_queue: true` to `store` in the catalog, or remove `rate` here."
        ),
    ]


def test_the_queues_of_rules_and_tasks_exist() -> None:
    assert told(queues={"front_desk": {}}, fallout_rules={"r": {"queue": "front_desc"}}) == [
        "fallout_rules.r.queue: error[unknown_queue]: There is no queue `front_desc`. Did you mean `front_desk`?",
        (
            "queues: error[unknown_queue]: Step `shipping.look` waits in the queue `desk`, which does not exist here. "
            "Queues: `front_desk`."
        ),
    ]


def test_what_a_fallout_rule_names_exists_in_the_catalog() -> None:
    found = rules(
        a={"step": "shipping.pik"}, b={"group": "shiping"}, c={"operation": "store.shp"}, d={"system": "stoer"}
    )
    assert found == [
        (
            "fallout_rules.a.step: error[unknown_fallout_subject]: The catalog has no step `shipping.pik`. "
            "Did you mean `shipping.pick`?"
        ),
        (
            "fallout_rules.b.group: error[unknown_fallout_subject]: The catalog has no group `shiping`. "
            "Did you mean `shipping`?"
        ),
        (
            "fallout_rules.c.operation: error[unknown_fallout_subject]: The catalog has no operation `store.shp`. "
            "Did you mean `store.ship`?"
        ),
        (
            "fallout_rules.d.system: error[unknown_fallout_subject]: The catalog has no system `stoer`. "
            "Did you mean `store`?"
        ),
    ]


def test_two_rules_that_are_equally_exact_are_a_tie() -> None:
    assert rules(a={"system": "store", "pattern": "E.*"}, b={"system": "store", "pattern": ".*5"}) == [
        (
            "fallout_rules.b: warning[fallout_tie]: `b` is as exact as `a`; the first in the file wins where both "
            "match. Give one of them another `priority`."
        )
    ]


def test_rules_for_different_codes_or_subjects_are_no_tie() -> None:
    assert rules(a={"code": "busy"}, b={"code": "down"}, c={"system": "store"}, d={"pattern": "busy"}) == []


def test_a_rule_below_one_that_matches_the_same_never_applies() -> None:
    assert rules(low={"code": "busy"}, high={"code": "busy", "priority": 5}) == [
        (
            "fallout_rules.low: warning[shadowed_fallout_rule]: `low` never applies: `high` matches the same and has a "
            "higher priority. Remove one of the two."
        )
    ]
