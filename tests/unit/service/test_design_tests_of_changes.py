"""Design tests that change orders: what is asked when, what becomes of it, and what is told where it goes otherwise."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from service.design_tests import Report, Result, run_folder
from tests.unit.service.rehearsed import told

CATALOG = """\
name: Changing
products:
  LAPTOP: {name: Laptop}
step_groups:
  main:
    steps:
      reserve: {type: callout, operation: stock.reserve, scope: line, on_cancel: release, on_amend: redo}
      ship:
        type: callout
        operation: stock.ship
        scope: line
        input: {reservation: steps.main.reserve.id}
        after: reserve
        point_of_no_return: {deny: both}
        on_cancel: fetch
      file: {type: manual_task, after: ship}
  release:
    steps:
      release: {type: callout, operation: stock.release, scope: line, input: {id: steps.main.reserve.id}}
  fetch:
    steps:
      fetch: {type: callout, operation: stock.fetch, scope: line, input: {ids: steps.main.reserve.id}}
scenarios:
  MAIN: {product: LAPTOP, group: main}
systems:
  stock:
    operations:
      reserve:
        path: /reserve
        request: {quantity: line.quantity}
        outputs: {id: {type: text, value: response.body.id}}
      ship: {path: /ship, request: {quantity: line.quantity}}
      release: {path: /release, request: {id: input.id, quantity: line.quantity}}
      fetch: {path: /fetch, request: {ids: input.ids, undoes: step.undoes}}
"""
ENVIRONMENT = """\
systems: {stock: {base_url: "http://127.0.0.1:9/stock"}}
queues: {desk: {title: Desk}}
fallout_rules:
  sold_out: {code: SOLD_OUT, cancel_lines: true, queue: desk}
"""
GIVEN = """\
given:
  environment: ../../environment
  order: {number: C-1, account: ACME, lines: {L1: {product: LAPTOP}, L2: {product: LAPTOP, quantity: 2}}}
  answers: {stock.ship: {after: 5s}}
"""
MORE = "{number: C-1, account: ACME, lines: {L1: {product: LAPTOP, quantity: 3}, L2: {product: LAPTOP, quantity: 2}}}"


def report(folder: Path, tests: str) -> Report:
    for file, text in (
        ("catalog/catalog.yaml", CATALOG),
        ("environment/environment.yaml", ENVIRONMENT),
        ("more.yaml", MORE),
        ("catalog/tests/all.yaml", f"{GIVEN}{dedent(tests).replace('MORE', MORE)}"),
    ):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return run_folder(folder / "catalog")


def result(folder: Path, tests: str) -> Result:
    found = report(folder, tests)
    assert [str(each) for each in found.issues] == []
    (only,) = found.results
    return only


def test_an_amendment_is_given_as_soon_as_a_step_is_in_a_state(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        while it is being reserved the quantity changes:
          answers: {stock.reserve: [{after: 2s, outputs: {id: A}}, {after: 2s, outputs: {id: B}}, {outputs: {id: C}}]}
          commands: [{once: {main.reserve@L1: in_progress}, kind: amend, order: MORE}]
          expect:
            steps:
              main.reserve@L1: amended
              release.release: completed
              main.reserve@L1+2: completed
              main.reserve@L2: completed
              main.ship@L1: completed
              main.ship@L2: completed
              main.file: in_progress
            values:
              release.release: {request: {id: A, quantity: 1}}
              main.reserve@L1+2: {request: {quantity: 3}}
              main.ship@L1: {input: {reservation: C}, request: {quantity: 3}}
        """,
    )
    assert told(found) == {}


def test_an_amendment_has_its_order_in_a_file(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        from a file:
          commands: [{kind: amend, order_file: ../../more.yaml}]
          expect: {calls: {stock.reserve: 2}}
        from a file that is not there:
          commands: [{kind: amend, order_file: ../../fewer.yaml}]
          expect: {calls: {stock.reserve: 2}}
        from nowhere:
          commands: [{kind: amend}]
          expect: {calls: {stock.reserve: 2}}
        """,
    )
    assert [each.name for each in found.results] == ["from a file"]
    assert len([each for each in found.issues if "fewer.yaml" in str(each)]) == 1
    assert any("`order` or `order_file`" in str(each) for each in found.issues)


def test_a_change_that_is_refused_fails_the_test_unless_that_was_expected(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        refused:
          commands: [{once: {main.ship@L1: in_progress}, kind: amend, order: MORE}]
          expect: {calls: {stock.ship: 2}}
        refused as it should be:
          commands: [{once: {main.ship@L1: in_progress}, kind: amend, order: MORE, refused: has begun}]
          expect: {calls: {stock.ship: 2}}
        refused for another reason:
          commands: [{once: {main.ship@L1: in_progress}, kind: cancel, lines: L1, refused: too late}]
          expect: {calls: {stock.ship: 2}}
        applied though it should not be:
          commands: [{once: {main.ship@L1: in_progress}, kind: cancel, lines: L2, refused: has begun}]
          expect: {line_states: {L2: cancelled}}
        """,
    )
    refused, expected, another, applied = found.results
    assert expected.passed
    assert "`amend` once `main.ship@L1` is in_progress is refused: Step `main.ship@L1`" in told(refused)["commands"][-1]
    assert "`cancel` once" in told(another)["commands"][-1]
    assert set(told(applied)) == {"commands"}


def test_a_cancelled_line_is_undone_with_what_the_step_gave(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        one line goes:
          answers: {stock.reserve: {after: 2s, outputs: {id: A}}}
          commands: [{at: 1s, kind: cancel, lines: L2}]
          expect:
            line_states: {L1: in_progress, L2: cancelled}
            steps_contain: {main.reserve@L2: cancelled, release.release: completed, main.reserve@L1: completed}
            values: {release.release: {request: {id: A, quantity: 2}}}
        """,
    )
    assert told(found) == {}


def test_a_stale_base_is_refused(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        made from another version:
          commands: [{once: {main.reserve@L1: in_progress}, kind: amend, base: 2, order: MORE, refused: from version 2}]
          expect: {calls: {stock.release: 0}}
        """,
    )
    assert told(found) == {}


def test_a_moment_that_never_comes_is_told(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        never:
          commands: [{once: {main.ship@L1: skipped}, at: 1h, kind: cancel}]
          expect: {calls: {stock.ship: 2}}
        """,
    )
    assert "`cancel` after 1:00:00 once `main.ship@L1` is skipped is not given" in told(found)["commands"][-1]


def test_a_moment_is_that_of_one_step(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        of which one:
          commands: [{once: {main.ship: completed}, kind: cancel}]
          expect: {calls: {stock.ship: 2}}
        """,
    )
    assert "there are 2 such steps; name one, as `main.ship@L1`" in told(found)["commands"][-1]


def test_a_command_comes_some_time_after_its_moment(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        one hour after it was shipped:
          commands: [{once: {main.ship@L1: completed}, at: 1h, kind: skip, steps: main.file, refused: parked}]
          expect: {steps_contain: {main.file: in_progress}}
        """,
    )
    assert set(told(found)) <= {"commands"}
    assert "after 1:00:00 once `main.ship@L1` is completed" in " ".join(told(found).get("commands", ("",)))


def test_a_fallout_rule_that_cancels_lines_is_played(tmp_path: Path) -> None:
    found = result(
        tmp_path,
        """
        sold out:
          answers: {main.reserve@L2: {status: 422, body: {code: SOLD_OUT}}}
          expect:
            line_states: {L1: in_progress, L2: cancelled}
            fallouts: {main.reserve@L2: {rule: sold_out}}
        """,
    )
    assert told(found) == {}


def test_groups_that_undo_count_for_coverage(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        one line is fetched back:
          commands:
            - once: {main.ship@L2: completed}
              kind: cancel
              lines: L2
              override: true
              role: admin
              reason: It was ordered twice
          expect:
            line_states: {L2: cancelled}
            # What it reads of the steps before is what the step that it undoes has read of them.
            values: {fetch.fetch: {request: {ids: [id], undoes: main.ship@L2}}}
        """,
    )
    assert [told(each) for each in found.results] == [{}]
    assert [each.name for each in found.coverage.missed if each.kind == "step group"] == []


def test_a_misspelt_step_or_state_of_a_moment_is_told(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        misspelt:
          commands: [{once: {main.shp: completed}, kind: cancel}]
          expect: {calls: {stock.ship: 2}}
        stateless:
          commands: [{once: {main.ship: done}, kind: cancel}]
          expect: {calls: {stock.ship: 2}}
        """,
    )
    said = " ".join(str(each) for each in found.issues)
    assert "The catalog has no step `main.shp`." in said
    assert "`completed`" in said or "'completed'" in said
    assert found.results == ()
