"""Failures that only the run sees: of callbacks, pauses and conditions. The rules in force are asked what to do (F1).

The run does not know the environment, so it asks, and the step stays where it is until the answer has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fulfillment.asks import judge_of
from fulfillment.outcomes import Failure
from fulfillment.state import StepRecord

if TYPE_CHECKING:
    from fulfillment.course import Course


def ask_rules(course: Course, record: StepRecord, failure: Failure) -> None:
    """Ask the fallout rules about a failure; until they have answered, nothing else happens to the step by itself."""
    record.outputs, record.awaiting = (), False
    course.sleep_no_more(record)
    record.judging = failure
    record.judgings += 1
    words = f"failed with `{failure.code}`: {failure.message.rstrip('.')}"
    record.reason, record.actor = f"{words}; is being judged by the fallout rules", ""
    course.report.step(record.id)
    course.effects.append(judge_of(course.board, record, failure))


def ask_rules_of_wait(course: Course, record: StepRecord, failure: Failure) -> None:
    """Ask the fallout rules about a step that waits for a condition: each wait, and each look at it, is a try."""
    record.tries += 1
    ask_rules(course, record, failure)
