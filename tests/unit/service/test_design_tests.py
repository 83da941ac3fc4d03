"""Design tests hold a catalog against what is expected of it: planned, run and answered by a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.catalogs import EXAMPLE, load_catalog, load_environment
from service.design_tests import run_folder
from tests.unit.service.rehearsed import report, result, shop, told


def test_an_order_runs_to_its_end_where_nothing_is_scripted_but_what_people_do(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        everything goes well:
          expect:
            lines: {DEVICE@L1: {product: DEVICE, quantity: 2, action: add, attributes: {memory: 16}}}
            steps:
              delivery.day: completed
              delivery.greet: completed
              delivery.reserve: completed
              delivery.ship: completed
              paper.file: completed
              paper.sign: completed
            dependencies:
              delivery.ship: delivery.reserve
              delivery.greet: [delivery.ship]
            values:
              delivery.reserve:
                input: {account: ACME}
                request: {amount: 12.5}
                outputs: {reservation: reservation}
              delivery.day: {outputs: {date: 2026-01-06}}
              paper.file: {outputs: {folder: A}}
            refusals: []
            order_state: completed
            line_states: {L1: completed}
            fallouts: {}
            calls: {stock.reserve: 1, shipping.ship: 1, functions.add_days: 1}
            dates:
              paper.sign: {started: 2026-01-05T08:00:00Z, ended: 2026-01-05T10:00:00+01:00}
              delivery.ship: {planned_end: 2026-01-06T08:00:00Z}
            predicted_completion: 2026-01-06T08:00:00Z
        """,
    )
    assert told(found) == {}
    assert (found.passed, found.unused) == (True, ())


def test_a_difference_is_shown_with_both_sides_and_the_line_of_the_expectation(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        wrong on purpose:
          expect:
            lines: {DEVICE@L1: {quantity: 3}, DEVICE@L9: {quantity: 1}}
            steps: [delivery.reserve, paper.sign]
            order_state: failed
            calls: {shipping.ship: 2}
            dependencies: {delivery.ship: []}
        """,
    )
    assert told(found) == {
        "lines": ("-DEVICE@L1: {quantity: 3}", "-DEVICE@L9: {quantity: 1}", "+DEVICE@L1: {quantity: 2}"),
        "steps": (
            "+- delivery.day",
            "+- delivery.greet",
            " - delivery.reserve",
            "+- delivery.ship",
            "+- paper.file",
            " - paper.sign",
        ),
        "order_state": ("-failed", "+completed"),
        "calls": ("-shipping.ship: 2", "+shipping.ship: 1"),
        "dependencies": ("-delivery.ship: []", "+delivery.ship: [delivery.reserve]"),
    }
    lines = (tmp_path / "catalog/tests/all.yaml").read_text().splitlines()
    assert all(lines[each.line - 1].strip().startswith(f"{each.key}:") for each in found.differences)
    assert lines[found.line - 1] == "wrong on purpose:"


def test_an_expectation_is_silent_on_what_it_does_not_name(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        a little of everything:
          expect:
            lines_contain: {DEVICE@L1: {}}
            steps_contain: {delivery.ship: completed}
            values: {delivery.reserve: {request: {account: ACME}}}
            calls: {stock.reserve: 1}
        """,
    )
    assert found.passed


def test_answers_are_given_one_after_another_and_judged_by_the_fallout_rules(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        busy, then gone for good:
          answers:
            stock.reserve: [{status: 503, body: {code: BUSY}}, {status: 400, body: {code: ODD, message: No.}}]
          expect:
            calls: {stock.reserve: 2}
            fallouts: {delivery.reserve: {code: ODD, rule: rest, queue: desk, text: No.}}
            dates: {delivery.reserve: {started: 2026-01-05T08:00:00Z}}
            steps_contain: {delivery.reserve: fatally_failed, delivery.ship: pending, paper.file: completed}
            order_state: held
        """,
    )
    assert told(found) == {}


def test_the_last_answer_repeats_until_the_rule_is_used_up(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        busy for ever:
          answers: {stock.reserve: {status: 503, body: {code: BUSY}}}
          expect:
            calls: {stock.reserve: 3}
            fallouts: {delivery.reserve: {rule: busy, text: 2 retries used up}}
        """,
    )
    assert told(found) == {}


def test_a_parked_step_is_retried_by_a_command_on_the_virtual_clock(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        retried after a day:
          answers: {delivery.reserve: [{status: 400, body: {code: ODD}}, {outputs: {reservation: R-7}}]}
          commands: [{at: 1d, kind: retry, steps: delivery.reserve}]
          expect:
            fallouts: {delivery.reserve: {code: ODD, resolution: retried}}
            values: {delivery.reserve: {outputs: {reservation: R-7}}}
            dates: {delivery.reserve: {ended: 2026-01-06T08:00:00Z}}
            order_state: completed
        """,
    )
    assert told(found) == {}


def test_a_callback_comes_when_the_script_says_and_its_absence_is_a_fallout(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        it arrives:
          answers: {shipping.ship: {after: 5s, callback: {after: 2d, body: {tracking: T-1}}}}
          expect:
            values: {delivery.ship: {outputs: {tracking: T-1}}}
            dates: {delivery.ship: {ended: 2026-01-07T08:00:05Z}}
        it never comes:
          answers: {shipping.ship: {status: 202}}
          expect:
            fallouts: {delivery.ship: {code: CALLBACK_OVERDUE, rule: rest, queue: desk}}
        it is still awaited:
          answers: {shipping.ship: {status: 202}}
          until: 1d
          expect: {steps_contain: {delivery.ship: in_progress}, fallouts: {}}
        """,
    )
    assert [told(each) for each in found.results] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("answer", "code", "calls"),
    [
        ("error: timeout", "TIMEOUT", 1),
        ("after: 1m", "TIMEOUT", 1),
        ("error: lost", "CONNECTION_LOST", 1),
        ("error: unreachable", "UNREACHABLE", 1),
        ("body: no json", "WRONG_ANSWER", 1),
        ("outputs: {colour: red}", "WRONG_ANSWER", 1),
    ],
)
def test_what_keeps_an_answer_from_coming_has_the_error_code_of_the_real_thing(
    tmp_path: Path, answer: str, code: str, calls: int
) -> None:
    found = result(
        tmp_path,
        f"""
        trouble:
          answers: {{stock.reserve: {{{answer}}}}}
          expect:
            calls: {{stock.reserve: {calls}}}
            fallouts: {{delivery.reserve: {{code: {code}}}}}
        """,
    )
    assert told(found) == {}


def test_a_lookup_settles_what_a_lost_answer_leaves_open(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        it had happened:
          answers: {stock.reserve: {error: lost, lookup: {happened: true, answer: {id: R-9}}}}
          expect:
            values: {delivery.reserve: {outputs: {reservation: R-9}}}
            order_state: completed
        """,
    )
    assert told(found) == {}


def test_a_key_that_the_system_may_have_forgotten_is_not_sent_again(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        too late to try again:
          answers: {stock.reserve: {error: lost}}
          commands: [{at: 2d, kind: retry, steps: delivery.reserve}]
          expect:
            calls: {stock.reserve: 1}
            fallouts: {delivery.reserve: [{code: CONNECTION_LOST}, {code: KEY_FORGOTTEN, text: Nobody was called}]}
        """,
    )
    assert told(found) == {}


def test_an_alternative_grows_the_plan_as_the_rule_says(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        carried by hand:
          answers: {shipping.ship: {status: 400, body: {code: GONE}}}
          tasks: {by_hand.carry: {after: 1d, values: {tracking: hand}}}
          expect:
            steps_contain: {delivery.ship: skipped, by_hand.carry: completed}
            order_state: completed
        """,
    )
    assert told(found) == {}


def test_a_pause_without_its_fact_ends_by_its_time_out(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        never signed:
          facts: []
          expect: {fallouts: {paper.sign: {code: PAUSE_TIMED_OUT}}, steps_contain: {paper.file: pending}}
        """,
    )
    assert told(found) == {}


def test_a_refused_order_is_compared_with_the_refusals_expected(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        no such product:
          order: {number: R-1, account: ACME, lines: {L1: {product: LAPTOB}}}
          expect: {refusals: [{check: unknown_product, text: LAPTOB}]}
        another reason was meant:
          order: {number: R-1, account: ACME, lines: {L1: {product: LAPTOB}}}
          expect: {refusals: [{check: not_effective}]}
        nobody expected it:
          order: {number: R-1, account: ACME, lines: {L1: {product: LAPTOB}}}
          expect: {order_state: completed}
        nobody refused it:
          expect: {refusals: [{check: unknown_product}]}
        """,
    )
    message = "- {check: unknown_product, text: 'Line `L1`: the catalog has no product `LAPTOB`.'}"
    assert [told(each) for each in found.results] == [
        {},
        {"refusals": ("-- {check: not_effective}", f"+{message}")},
        {"refusals": ("-[]", f"+{message}")},
        {"refusals": ("-- {check: unknown_product}", "+[]")},
    ]


def test_an_order_file_that_does_not_fit_is_a_refusal_like_any_other(tmp_path: Path) -> None:
    folder = shop(
        tmp_path,
        """
        a field too much:
          order_file: ../../order.yaml
          expect: {refusals: [{check: shape, text: colour}]}
        """,
    )
    (tmp_path / "order.yaml").write_text("number: R-2\naccount: ACME\ncolour: red\nlines: {L1: {product: LAPTOP}}\n")
    assert [told(each) for each in run_folder(folder).results] == [{}]


def test_a_command_that_the_order_does_not_take_fails_the_test_unless_that_was_expected(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        too late:
          commands: [{at: 1d, kind: retry, steps: delivery.ship}]
          expect: {order_state: completed}
        too late, as it should be:
          commands: [{at: 1d, kind: retry, steps: delivery.ship, refused: completed}]
          expect: {order_state: completed}
        a form that is not filled in:
          tasks: {paper.file: {values: {}}}
          expect: {steps_contain: {paper.file: in_progress}}
        """,
    )
    late, expected, form = found.results
    assert expected.passed
    assert "`retry` after 1 day, 0:00:00 is refused" in told(late)["commands"][-1]
    assert "folder" in told(form)["commands"][-1]


def test_what_nothing_asked_for_is_told_of_a_tests_own_script_alone(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        a spare answer:
          facts: []
          answers: {by_hand.carry: {}}
          tasks: {by_hand.carry: {values: {}}}
          expect: {order_state: in_progress}
        """,
    )
    assert found.unused == ("by_hand.carry", "by_hand.carry")


def test_a_test_that_never_comes_to_rest_is_stopped_with_what_it_is_busy_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fulfillment.rehearsal.play.MOST_HAPPENINGS", 100)
    folder = shop(
        tmp_path,
        """
        round and round:
          answers: {shipping.ship: {status: 503, body: {code: BUSY}}}
          expect: {order_state: completed}
        """,
    )
    environment = tmp_path / "environment/environment.yaml"
    environment.write_text(environment.read_text().replace("retries: 2, interval: 1h", "retries: 1000, interval: 1m"))
    (found,) = run_folder(folder).results
    assert not found.passed
    assert found.problem.startswith("After 100 happenings the order does not come to rest; at 2026-01-05T0")
    assert "it is busy with `delivery.ship@DEVICE@L1`" in found.problem


def test_every_problem_of_the_files_is_told_at_its_place_and_the_other_tests_run(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        misspelt:
          answers: {stock.reserv: {}}
          expect: {steps_contain: [delivery.shop], calls: {shipping.shop: 1}}
        shapeless:
          expext: {order_state: completed}
        empty:
          expect: {}
        half written:
          expect: {order_state: }
        an unknown command:
          commands: [{kind: rety, steps: delivery.ship}]
          expect: {order_state: completed}
        fine:
          expect: {order_state: completed}
        """,
    )
    said = [each.message for each in found.issues]
    assert [each.name for each in found.results] == ["fine"]
    assert sorted(each for each in said if each.startswith("The catalog has no")) == [
        "The catalog has no operation `shipping.shop`.",
        "The catalog has no step `delivery.shop`.",
        "The catalog has no step or operation `stock.reserv`.",
    ]
    assert any("`expext`" in each for each in said)
    assert any("expect something" in each for each in said)
    assert any("`order_state` expects nothing yet" in each for each in said)
    assert any("Did you mean `retry`?" in f"{each.message} {each.hint}" for each in found.issues)
    assert all(each.place is not None and each.place.file.endswith("all.yaml") for each in found.issues)
    assert not found.ok


def test_a_test_without_order_says_how_to_give_it_one(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    (folder / "tests/all.yaml").write_text("nothing to do:\n  expect: {order_state: completed}\n")
    (issue,) = run_folder(folder).issues
    assert str(issue).endswith(
        "all.yaml:1:1: error[design_test]: The test has no order."
        " Give it `order` or `order_file`, or the whole file one under `given`."
    )


def test_a_catalog_that_does_not_load_has_its_errors_in_place_of_results(tmp_path: Path) -> None:
    folder = shop(tmp_path, "fine: {expect: {order_state: completed}}\n")
    (folder / "catalog.yaml").write_text("products: {LAPTOP: {nam: Laptop}}\n")
    found = run_folder(folder)
    assert found.results == ()
    assert {each.check for each in found.issues} == {"shape"}


def test_only_the_tests_whose_names_contain_the_words_are_run(tmp_path: Path) -> None:
    folder = shop(
        tmp_path,
        """
        the first: {expect: {order_state: completed}}
        the second: {expect: {order_state: completed}}
        """,
    )
    assert [each.name for each in run_folder(folder, only="SECOND").results] == ["the second"]


def test_the_environment_that_is_given_stands_in_place_of_the_one_that_tests_name(tmp_path: Path) -> None:
    folder = shop(
        tmp_path,
        """
        no rule is there:
          answers: {stock.reserve: {status: 400, body: {code: ODD}}}
          expect: {fallouts: {delivery.reserve: {rule: null, queue: null}}}
        """,
    )
    other = tmp_path / "other"
    other.mkdir()
    (other / "environment.yaml").write_text("name: Another\n")
    assert not run_folder(folder).ok
    assert run_folder(folder, load_environment(other).environment).ok


def test_a_folder_without_tests_is_fine_and_covers_nothing(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    (folder / "tests/all.yaml").unlink()
    found = run_folder(folder)
    assert (found.ok, found.results, found.coverage.percent) == (True, (), 0)


def test_tests_are_no_part_of_the_catalog(tmp_path: Path) -> None:
    folder = shop(tmp_path, "fine: {expect: {order_state: completed}}\n")
    assert [name for name, _ in load_catalog(folder).sources] == ["catalog.yaml"]


def test_coverage_tells_each_condition_that_no_test_sees_true_or_false(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        one way:
          answers: {stock.reserve: [{status: 503, body: {code: BUSY}}, {}]}
          expect: {order_state: completed}
        a single gift is refused, and tells that its condition can be false:
          order: {number: R-1, account: ACME, lines: {L1: {product: GIFT}}}
          expect: {refusals: [{check: nothing_covers_line}]}
        """,
    )
    assert found.ok
    assert [(each.kind.value, each.name, each.what) for each in found.coverage.missed] == [
        ("decomposition rule", "GIFT", "is never used"),
        ("condition", "decomposition_rules.GIFT.when", "is never true"),
        ("condition", "step_groups.delivery.greet.when", "is never false"),
        ("step group", "by_hand", "is never used"),
        ("fallout rule", "gone", "is never used"),
        ("fallout rule", "rest", "is never used"),
    ]
    assert {each.kind.value: (each.reached, each.total) for each in found.coverage.measured} == {
        "decomposition rule": (1, 2),
        "scenario": (2, 2),
        "condition": (4, 6),
        "step group": (2, 3),
        "fallout rule": (1, 3),
    }
    assert found.coverage.percent == 62


def test_the_design_tests_of_the_example_pass_and_reach_all_of_it() -> None:
    found = run_folder(EXAMPLE / "catalog")
    assert [told(each) for each in found.failed] == []
    assert found.ok
    assert found.coverage.missed == ()
