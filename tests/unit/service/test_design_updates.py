"""What happened is written into the files of design tests, and not a character besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.design_tests import run_folder
from service.design_updates import write_expectations
from tests.unit.service.rehearsed import GIVEN, shop

BEFORE = """\
# above all
in a block:  # kept
    # kept too
    expect:
        order_state: failed # a state
        calls:   # how often
            shipping.ship: 7   # lost with what it was about

        # before the lines
        lines:
            DEVICE@L1:
                quantity: 9
        # after the lines
        refusals: []

in flow:  {expect: {order_state: failed, steps_contain: [delivery.ship, paper.sign]}}  # behind
'a name, quoted': {expect: {"calls": {stock.reserve: 0}}}
"""
AFTER = """\
# above all
in a block:  # kept
    # kept too
    expect:
        order_state: completed # a state
        calls:
          shipping.ship: 1   # lost with what it was about

        # before the lines
        lines:
          DEVICE@L1: {quantity: 2}
        # after the lines
        refusals: []

in flow:  {expect: {order_state: completed, steps_contain: [delivery.ship, paper.sign]}}  # behind
'a name, quoted': {expect: {"calls": {stock.reserve: 1}}}
"""


def written(folder: Path) -> str:
    return (folder / "tests/all.yaml").read_text().removeprefix(GIVEN)


def test_only_the_expectations_that_differ_are_rewritten_and_hold_then(tmp_path: Path) -> None:
    folder = shop(tmp_path, BEFORE)
    updated, issues = write_expectations(run_folder(folder))
    assert [each.expectations for each in updated] == [5]
    assert issues == ()
    assert written(folder) == AFTER
    assert run_folder(folder).ok


def test_an_empty_expectation_is_filled_with_all_there_is(tmp_path: Path) -> None:
    folder = shop(
        tmp_path,
        "new:\n  expect:\n    steps: {}\n    dates: {paper.sign: {ended: 2000-01-01T00:00:00Z}}\n",
    )
    write_expectations(run_folder(folder))
    assert "    steps:\n      delivery.day: completed\n" in written(folder)
    assert "    dates:\n      paper.sign: {ended: 2026-01-05T09:00:00Z}\n" in written(folder)
    assert run_folder(folder).ok


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    text = f"{GIVEN}one:\n  expect:\n    order_state: failed\n    calls: {{stock.reserve: 1}}\n".replace("\n", "\r\n")
    file = folder / "tests/all.yaml"
    file.write_bytes(text.encode())
    write_expectations(run_folder(folder))
    assert file.read_bytes().decode() == text.replace("failed", "completed")


def test_an_alias_that_several_tests_share_is_written_once_where_they_agree(tmp_path: Path) -> None:
    folder = shop(tmp_path, "one: {expect: &all {order_state: failed}}\ntwo: {expect: *all}\n")
    write_expectations(run_folder(folder))
    assert written(folder) == "one: {expect: &all {order_state: completed}}\ntwo: {expect: *all}\n"
    assert run_folder(folder).ok


@pytest.mark.parametrize(
    "tests",
    [
        "one: {expect: {calls: &calls {stock.reserve: 7}}}\ntwo: {expect: {calls: *calls}}\n",
        "one: {expect: &all {order_state: in_progress}}\ntwo: {facts: [], until: 1h, expect: *all}\n",
    ],
)
def test_an_alias_is_left_to_people_where_writing_would_change_another_test(tmp_path: Path, tests: str) -> None:
    folder = shop(tmp_path, tests)
    updated, issues = write_expectations(run_folder(folder))
    assert updated == ()
    (issue,) = issues
    assert "cannot be written here without changing something else" in issue.message
    assert written(folder) == tests


def test_what_is_no_expectation_of_the_file_is_left_to_people(tmp_path: Path) -> None:
    tests = """\
refused:
  order: {number: R-1, account: ACME, lines: {L1: {product: LAPTOB}}}
  expect: {order_state: completed}
a command too many:
  commands: [{kind: retry, steps: delivery.ship}]
  expect: {order_state: completed}
"""
    folder = shop(tmp_path, tests)
    updated, issues = write_expectations(run_folder(folder))
    assert updated == ()
    assert [each.message for each in issues] == [
        "`refused`: `refusals` is no expectation of the test, and is not written.",
        "`a command too many`: `commands` is no expectation of the test, and is not written.",
    ]
    assert written(folder) == tests
