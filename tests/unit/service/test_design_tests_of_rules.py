"""Fallout rules about failures that happen in no call decide in design tests too, and count for coverage."""

from __future__ import annotations

from pathlib import Path

from service.design_tests import Report, run_folder
from tests.unit.service.rehearsed import shop, told

ENVIRONMENT = """\
systems:
  stock: {base_url: "http://127.0.0.1:9/stock"}
  shipping: {base_url: "http://127.0.0.1:9/shipping"}
queues: {desk: {title: Desk}}
fallout_rules:
  unsigned: {type: pause, code: PAUSE_TIMED_OUT, retry: {retries: 1, interval: 1h}, skip: true}
  silent: {system: shipping, code: CALLBACK_OVERDUE, retry: {retries: 1, interval: 1h}, queue: desk}
  lost: {system: shipping, code: LOST, skip: true}
"""


def played(folder: Path, tests: str) -> Report:
    """Return what becomes of design tests with the rules above."""
    catalog = shop(folder, tests)
    (folder / "environment/environment.yaml").write_text(ENVIRONMENT)
    return run_folder(catalog)


def test_a_pause_waits_once_more_and_is_skipped_then(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        """
        never signed:
          facts: []
          expect:
            fallouts: {paper.sign: {code: PAUSE_TIMED_OUT, rule: unsigned, resolution: skipped}}
            steps_contain: {paper.sign: skipped, paper.file: completed}
            dates: {paper.sign: {ended: 2026-01-09T09:00:00Z}}
        """,
    )
    assert [told(each) for each in found.results] == [{}]
    assert "unsigned" not in [each.name for each in found.coverage.missed]


def test_a_call_that_is_never_answered_is_made_once_more_and_goes_to_the_queue_of_its_rule(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        """
        no answer:
          answers: {shipping.ship: {status: 202}}
          expect:
            calls: {shipping.ship: 2}
            fallouts: {delivery.ship: {code: CALLBACK_OVERDUE, rule: silent, queue: desk, text: 1 retry used up}}
        answered at the second try:
          answers: {shipping.ship: [{status: 202}, {after: 5s, callback: {after: 1d, body: {tracking: T-1}}}]}
          expect: {calls: {shipping.ship: 2}, fallouts: {}, order_state: completed}
        """,
    )
    assert [told(each) for each in found.results] == [{}, {}]
    assert "silent" not in [each.name for each in found.coverage.missed]
