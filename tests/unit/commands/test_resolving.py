"""Fallouts on the command line: chosen, handed over, shown before they are resolved, refused to who may not."""

from __future__ import annotations

import json

import pytest

from fulfillment.progress import LateAnswerProgress
from fulfillment.states import StepState
from orderbook.store import OrderBook
from tests.unit.commands.conftest import Dro
from tests.unit.orderbook.builders import NOON, a_batch, a_fallout, a_step, accept, an_order
from tests.unit.service.shop import ENVIRONMENT, Shop

PEOPLE = """\
people:
  ada: {roles: [operator]}
  sam: {roles: [submitter]}
"""
STEP = "ship.pick"


@pytest.fixture
def desk(dro: Dro, shop: Shop) -> Dro:
    """Two orders that have parked at the stock, one of them with an answer that came too late."""
    (shop.environment / "environment.yaml").write_text(ENVIRONMENT + PEOPLE)
    assert dro("migrate").exit_code == 0
    book = OrderBook(shop.settings().database)
    late = LateAnswerProgress(step=STEP, number=1, round=1, at=NOON, why="the step is parked", answer='{"id": 7}')
    for number in ("SO-1", "SO-2"):
        accept(book, an_order(number))
        batch = a_batch(number=number, steps=(a_step(STEP, StepState.FATALLY_FAILED),), fallouts=(a_fallout(STEP),))
        book.write_batch(batch.model_copy(update={"late_answers": (late,)} if number == "SO-1" else {}))
    book.close()
    return dro


RESOLVE = ("fallouts", "resolve", "--system", "stock", "--error", "503", "--action", "retry")


def test_a_dry_run_shows_the_orders_and_steps_that_are_meant_and_needs_no_server(desk: Dro) -> None:
    shown = desk(*RESOLVE, "--dry-run")
    assert (shown.exit_code, shown.stdout.split()) == (0, ["Order", "Step", "SO-1", STEP, "SO-2", STEP])
    assert "retry: 2 steps of 2 orders. Nothing was changed (--dry-run)." in shown.stderr
    assert json.loads(desk(*RESOLVE, "--dry-run", "--limit", 1, "--json").stdout) == [
        {"order": "SO-1", "steps": [STEP]}
    ]


def test_what_has_nothing_in_common_with_any_fallout_resolves_nothing(desk: Dro) -> None:
    shown = desk("fallouts", "resolve", "--queue", "nowhere", "--action", "retry", "--dry-run")
    assert (shown.exit_code, shown.stdout) == (0, "")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--action", "explode"), "retry, skip, complete, give-up, alternative, cancel-line"),
        (("--action", "retry", "--output", "a=b"), "they go with `complete`"),
        (("--action", "retry", "--group", "backup"), "it goes with `alternative`"),
        (("--action", "retry", "--older-than", "soon"), "expected a length of time"),
    ],
)
def test_options_that_do_not_fit_are_a_usage_error(desk: Dro, words: tuple[str, ...], what: str) -> None:
    shown = desk("fallouts", "resolve", *words)
    assert shown.exit_code == 2
    assert what in " ".join(shown.stderr.replace("│", " ").split())


def test_without_temporal_nothing_is_resolved(desk: Dro) -> None:
    shown = desk(*RESOLVE)
    assert (shown.exit_code, "Temporal cannot be reached" in shown.stderr) == (3, True)


def test_who_may_not_is_refused_before_anything_is_sent_and_seen_in_the_history(desk: Dro) -> None:
    refused = desk(*RESOLVE, "--actor", "sam")
    assert refused.exit_code == 1
    assert "`sam` has the role `submitter`, which may not `retry`; `admin` or `operator` may." in refused.stderr
    one = desk("steps", "retry", "SO-1", STEP, "--actor", "sma")
    assert one.exit_code == 1
    assert "`sma` is not among the people of this installation. Did you mean `sam`?" in one.stderr
    history = json.loads(desk("orders", "history", "SO-1", "--json").stdout)
    assert [(each["actor"], each["action"], each["accepted"]) for each in history] == [("sma", "retry", False)]


def test_a_fallout_is_with_somebody_until_it_is_with_nobody(desk: Dro) -> None:
    assert desk("fallouts", "assign", "SO-1", STEP, "--to", "sam", "--reason", "knows them").exit_code == 0
    mine = json.loads(desk("fallouts", "list", "--owner", "sam", "--json").stdout)
    assert [(each["order"], each["owner"], each["state"]) for each in mine] == [("SO-1", "sam", "assigned")]
    others = json.loads(desk("fallouts", "list", "--owner", "nobody", "--json").stdout)
    assert [(each["order"], each["state"]) for each in others] == [("SO-2", "open")]
    assert "sam looks after it" in desk("fallouts", "show", "SO-1", STEP).stdout
    assert desk("fallouts", "assign", "SO-1", STEP, "--to", "nobody").exit_code == 0
    assert json.loads(desk("fallouts", "list", "--owner", "sam", "--json").stdout) == []
    history = json.loads(desk("orders", "history", "SO-1", "--json").stdout)
    assert [(each["role"], each["detail"]) for each in history] == [
        ("operator", "fallout 1: to `sam`"),
        ("operator", "fallout 1: to `nobody`"),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("SO-1", STEP, "--to", "smm"), "`smm` is not among the people"),
        (("SO-1", "ship.pikc", "--to", "sam"), "has no open fallout"),
        (("SO-9", STEP, "--to", "sam"), "There is no order `SO-9`"),
        (("SO-1", STEP, "--to", "ada", "--actor", "sam"), "which may not `assign`"),
    ],
)
def test_a_fallout_goes_to_people_only_if_it_is_open(desk: Dro, words: tuple[str, ...], why: str) -> None:
    shown = desk("fallouts", "assign", *words)
    assert (shown.exit_code, why in shown.stderr) == (1, True)


def test_a_late_answer_is_offered_with_the_command_that_takes_it(desk: Dro) -> None:
    shown = desk("fallouts", "show", "SO-1", STEP).stdout
    assert "Late answer 1 of round 1" in shown
    assert f"dro steps complete SO-1 {STEP} --late-answer 1" in shown
    assert "late answer" not in desk("fallouts", "show", "SO-2", STEP).stdout.lower()


def test_a_late_answer_that_is_not_there_completes_nothing(desk: Dro) -> None:
    shown = desk("steps", "complete", "SO-2", STEP, "--late-answer", 0)
    assert (shown.exit_code, f"Step `{STEP}` has no late answer." in shown.stderr) == (1, True)
    both = desk("steps", "complete", "SO-1", STEP, "ship.other", "--late-answer", 1)
    assert both.exit_code == 2
