"""`dro catalog test` tells what differs, what is covered, and ends as a refused input does where something fails."""

from __future__ import annotations

import json
from pathlib import Path

from commands.errors import ExitCode
from tests.unit.commands.conftest import Dro
from tests.unit.service.rehearsed import shop

FAILING = """
as it is: {expect: {order_state: completed}}
as it is not:
  answers: {by_hand.carry: {}}
  expect: {order_state: failed}
"""


def test_tests_that_pass_end_with_0_and_say_how_much_they_cover(dro: Dro, tmp_path: Path) -> None:
    shown = dro("catalog", "test", shop(tmp_path, "fine: {expect: {order_state: completed}}\n"))
    assert shown.exit_code == ExitCode.DONE
    assert shown.stdout == ""
    assert "1 passed; " in shown.stderr


def test_a_failed_test_ends_with_1_and_is_shown_with_its_place_and_the_difference(dro: Dro, tmp_path: Path) -> None:
    folder = shop(tmp_path, FAILING)
    shown = dro("catalog", "test", folder)
    assert shown.exit_code == ExitCode.REFUSED
    assert shown.stdout.splitlines() == [
        f"FAILED {folder}/tests/all.yaml:8: as it is not",
        "  order_state (line 10)",
        "    -failed",
        "    +completed",
        "  nothing asked for `by_hand.carry`",
    ]
    assert "1 passed, 1 failed; " in shown.stderr


def test_json_holds_every_result_and_the_coverage(dro: Dro, tmp_path: Path) -> None:
    shown = dro("catalog", "test", shop(tmp_path, FAILING), "--json")
    assert shown.exit_code == ExitCode.REFUSED
    found = json.loads(shown.stdout)
    assert [(each["name"], each["passed"]) for each in found["results"]] == [
        ("as it is", True),
        ("as it is not", False),
    ]
    assert found["results"][1]["differences"][0]["diff"] == ["-failed", "+completed"]
    missed = {"kind": "fallout rule", "name": "gone", "what": "is never used"}
    assert missed in found["coverage"]["missed"]


def test_coverage_lists_what_no_test_reaches(dro: Dro, tmp_path: Path) -> None:
    shown = dro("catalog", "test", shop(tmp_path, FAILING), "--coverage")
    assert "scenarios                2 of 2" in shown.stdout
    assert "  step group `by_hand` is never used" in shown.stdout


def test_update_shows_the_difference_writes_it_and_ends_with_0(dro: Dro, tmp_path: Path) -> None:
    folder = shop(tmp_path, FAILING)
    shown = dro("catalog", "test", folder, "--update")
    assert shown.exit_code == ExitCode.DONE
    assert "    +completed" in shown.stdout
    assert "all.yaml: 1 expectation written." in shown.stderr
    assert dro("catalog", "test", folder).exit_code == ExitCode.DONE


def test_only_runs_some_and_refuses_a_name_that_no_test_has(dro: Dro, tmp_path: Path) -> None:
    folder = shop(tmp_path, FAILING)
    assert dro("catalog", "test", folder, "--only", "is not").exit_code == ExitCode.REFUSED
    none = dro("catalog", "test", folder, "--only", "never heard of")
    assert none.exit_code == ExitCode.REFUSED
    assert "no design test whose name contains `never heard of`" in none.stderr


def test_a_catalog_without_tests_says_where_to_write_them(dro: Dro) -> None:
    shown = dro("catalog", "test")
    assert shown.exit_code == ExitCode.DONE
    assert "no design tests; write some in `tests/*.yaml`" in shown.stderr


def test_a_file_that_cannot_be_used_ends_with_1_and_its_place(dro: Dro, tmp_path: Path) -> None:
    folder = shop(tmp_path, "wrong: {expext: {}}\n")
    shown = dro("catalog", "test", folder)
    assert shown.exit_code == ExitCode.REFUSED
    assert f"{folder}/tests/all.yaml:6:" in shown.stdout


def test_an_environment_that_is_not_there_is_refused(dro: Dro, tmp_path: Path) -> None:
    folder = shop(tmp_path, FAILING)
    assert dro("catalog", "test", folder, "--environment", tmp_path / "none").exit_code == ExitCode.REFUSED
