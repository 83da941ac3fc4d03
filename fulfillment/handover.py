"""What a replaced step gets of its alternative: the outputs that later steps go on reading of it (`domain.md` F2)."""

from __future__ import annotations

from fulfillment.board import Board
from fulfillment.report import Report
from fulfillment.runplan import RunExtension


def hand_over(board: Board, report: Report, extension: RunExtension) -> None:
    """Give a replaced step the outputs of its alternative, which has ended."""
    record = board.records[extension.step]
    found = (
        value for each in extension.provided for value in board.records[each.step].outputs if value.name == each.output
    )
    outputs = tuple(sorted(found, key=lambda value: value.name))
    if record.outputs != outputs:
        record.outputs = outputs
        report.step(record.id)
