"""An order as a chart over time, for terminals: steps as bars, done, under way and predicted (`domain.md` P5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from commands.render import SIGNS
from commands.shared import console
from commands.wording import BAD, BUSY, GOOD, QUIET, words
from fulfillment.jeopardy import Jeopardy, end_of
from fulfillment.progress import StepProgress
from fulfillment.rollup import ENDED
from fulfillment.states import StepState
from service.shown import PlannedOrder
from service.timed import TimedOrder

WIDTH = 100
"""How wide a chart is where there is no terminal."""
_DONE, _RUNNING, _AHEAD, _DECIDES = "█", "▓", "░", "▒"
_NOW, _PROMISED = "│", "┃"
_LABEL = 36
_TICKS = 4


class Bar(NamedTuple):
    """One step: its time, of which the part before `split` has been; `critical`: it decides about the end.

    `which` tells the instances of a step from each other, empty where there is only one.
    """

    lane: str
    title: str
    which: str
    state: StepState
    start: datetime
    split: datetime
    end: datetime
    critical: bool
    level: Jeopardy


class Scale(NamedTuple):
    """Columns of the chart over time."""

    start: datetime
    end: datetime
    width: int

    def column(self, at: datetime) -> int:
        """Return the column of a moment, within the chart."""
        part = (at - self.start) / (self.end - self.start)
        return min(self.width - 1, max(0, int(part * self.width)))

    def moment(self, column: int) -> datetime:
        """Return the moment at which a column begins."""
        return self.start + (self.end - self.start) * (column / self.width)


def chart_width(console: Console) -> int:
    """Return how wide a chart is to be on this console."""
    return console.width if console.is_terminal else WIDTH


def draw(order: TimedOrder | PlannedOrder) -> None:
    """Draw an order on stdout."""
    screen = console()
    screen.print(gantt(order, datetime.now(UTC), chart_width(screen)), soft_wrap=True)


def gantt(order: TimedOrder | PlannedOrder, now: datetime, width: int = WIDTH, zone: tzinfo | None = None) -> Text:
    """Return the chart of an order as of `now`; times are shown in `zone`, None for that of whoever reads."""
    bars = _planned_bars(order) if isinstance(order, PlannedOrder) else _timed_bars(order, now)
    if not bars:
        return Text(f"Order {order.number} has no plan yet; `dro doctor` tells whether a worker runs.")
    promised = end_of(order.requested_completion)
    line = None if isinstance(order, PlannedOrder) or order.ended_at else now
    label = min(_LABEL, width // 3, 5 + max(len(each.title) + len(each.which) for each in bars))
    scale = _scale(bars, line, promised, max(20, width - label - 1))
    rows = [_axis(scale, label, zone)]
    for lane, steps in groupby(bars, key=lambda each: each.lane):
        rows.append(Text(words(lane).capitalize(), style="bold"))
        rows += [_row(each, scale, label, line, promised) for each in steps]
    return Text("\n").join([*rows, *_legend(order, line, promised, scale, zone)])


def _planned_bars(order: PlannedOrder) -> tuple[Bar, ...]:
    which, decides = _which(order.steps), frozenset(order.critical_path)
    return _by_lane(
        Bar(each.group, each.title, which[each.id], each.state, start, start, end, each.id in decides, Jeopardy.ON_TIME)
        for each in order.steps
        if (start := each.planned_start) and (end := each.planned_end)
    )


def _timed_bars(order: TimedOrder, now: datetime) -> tuple[Bar, ...]:
    found, which = [], _which(order.steps)
    for each in order.steps:
        if (start := each.predicted_start) and (end := each.predicted_end):
            split = end if each.state in ENDED else now if each.started_at else start
            level = each.jeopardy or Jeopardy.ON_TIME
            found.append(
                Bar(each.group, each.title, which[each.id], each.state, start, split, end, each.critical, level)
            )
    return _by_lane(found)


def _which(steps: Sequence[StepProgress]) -> dict[str, str]:
    """Return what comes after `@` in the ids of steps that have the same title in one lane."""
    times = Counter((each.group, each.title) for each in steps)
    return {each.id: each.id.partition("@")[2] if times[each.group, each.title] > 1 else "" for each in steps}


def _by_lane(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """Return the bars lane by lane, the earliest lane first, and in each by time."""
    found = tuple(bars)
    first: dict[str, datetime] = {}
    for each in found:
        first[each.lane] = min(each.start, first.get(each.lane, each.start))
    return tuple(
        sorted(found, key=lambda each: (first[each.lane], each.lane, each.start, each.end, each.title, each.which))
    )


def _scale(bars: Sequence[Bar], now: datetime | None, promised: datetime | None, width: int) -> Scale:
    start, end = min(each.start for each in bars), max(each.end for each in bars)
    if now is not None:
        start, end = min(start, now), max(end, now)
    end = max(end, start + timedelta(seconds=1))
    # A promise far off would leave nothing to be seen of the steps; the legend tells it then.
    if promised is not None and end < promised <= end + (end - start):
        end = promised
    return Scale(start, end, width)


def _axis(scale: Scale, label: int, zone: tzinfo | None) -> Text:
    span = scale.end - scale.start
    form = "%H:%M:%S" if span < timedelta(minutes=10) else "%H:%M" if span < timedelta(hours=20) else "%m-%d %H:%M"
    row = [" "] * (label + 1 + scale.width)
    for tick in range(_TICKS):
        column = tick * scale.width // _TICKS
        shown = f"╵{scale.moment(column).astimezone(zone):{form}}"
        row[label + 1 + column : label + 1 + column + len(shown)] = shown
    return Text("".join(row).rstrip(), style=QUIET)


def _row(bar: Bar, scale: Scale, label: int, now: datetime | None, promised: datetime | None) -> Text:
    mark = "*" if bar.critical else " "
    which = f" @{bar.which}" if bar.which else ""
    text, room = f"{SIGNS.get(bar.state, '·')} {bar.title}", max(3, label - 2 - len(which))
    text = f"{text[: room - 1]}…{which}" if len(text) > room else text + which
    row = Text(f" {text}".ljust(label - 1) + mark + " ", style=_style(bar))
    return row.append("".join(_cells(bar, scale, now, promised)).rstrip(), style=_style(bar))


def _cells(bar: Bar, scale: Scale, now: datetime | None, promised: datetime | None) -> list[str]:
    cells = [" "] * scale.width
    for at, sign in ((promised, _PROMISED), (now, _NOW)):
        if at is not None and scale.start <= at <= scale.end:
            cells[scale.column(at)] = sign
    first, split = scale.column(bar.start), scale.column(bar.split)
    last = max(first, scale.column(bar.end) - (scale.column(bar.end) > first and bar.end < scale.end))
    ahead = _DECIDES if bar.critical else _AHEAD
    been = _DONE if bar.state in ENDED else _RUNNING
    for column in range(first, last + 1):
        cells[column] = been if bar.state in ENDED or column < split else ahead
    return cells


def _style(bar: Bar) -> str:
    if bar.state is StepState.FATALLY_FAILED or bar.level is Jeopardy.LATE:
        return BAD
    if bar.state in ENDED:
        return GOOD
    return BUSY if bar.split > bar.start or bar.level is Jeopardy.AT_RISK else QUIET


def _legend(
    order: TimedOrder | PlannedOrder, now: datetime | None, promised: datetime | None, scale: Scale, zone: tzinfo | None
) -> list[Text]:
    signs = [f"{_DONE} done", f"{_RUNNING} under way", f"{_AHEAD} predicted", f"* {_DECIDES} critical path"]
    if now is not None:
        signs.append(f"{_NOW} now {now.astimezone(zone):%Y-%m-%d %H:%M:%S}")
    if promised is not None:
        where = "" if scale.start <= promised <= scale.end else " (beyond the chart)"
        signs.append(f"{_PROMISED} end of the requested {order.requested_completion}{where}")
    return [Text(""), Text("  ".join(signs), style=QUIET), outlook(order, zone)]


def outlook(order: TimedOrder | PlannedOrder, zone: tzinfo | None = None) -> Text:
    """Return when an order completes against when that was requested; empty where nothing is predicted."""
    if order.predicted_completion is None:
        return Text("")
    shown = f"{order.predicted_completion.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    text = Text(f"{'Ended' if order.ended_at else 'Predicted completion'} {shown}")
    if order.requested_completion is None:
        return text
    if order.late_by is None:
        return text.append(f", in time for {order.requested_completion}", style=GOOD)
    late = timedelta(seconds=order.late_by // timedelta(seconds=1))
    return text.append(f", {late} after the end of the requested {order.requested_completion}", style=BAD)
