"""A change of an order as people read it: a tree of its lines, under them the steps it touches, each with why."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from commands.wording import BAD, BUSY, GOOD, QUIET, count, moment, new_table, words
from fulfillment.change import Verdict
from fulfillment.points import Changeable
from fulfillment.progress import ChangeProgress, ChangeState
from fulfillment.proposal import LineVerdict
from service.proposals import Proposal, ProposedLine, ProposedStep

_LINES = {LineVerdict.KEPT: QUIET, LineVerdict.ADDED: GOOD, LineVerdict.AMENDED: BUSY, LineVerdict.CANCELLED: BAD}
_STEPS = {
    Verdict.KEPT: ("=", QUIET),
    Verdict.ADDED: ("+", GOOD),
    Verdict.AMENDED: ("~", BUSY),
    Verdict.REDONE: ("↻", BUSY),
    Verdict.UNWANTED: ("-", BAD),
}
_STATES = {
    ChangeState.PLANNING: BUSY,
    ChangeState.APPLIED: GOOD,
    ChangeState.REFUSED: BAD,
    ChangeState.WITHDRAWN: QUIET,
}


def proposal_view(proposal: Proposal) -> RenderableType:
    """Return what a change would mean."""
    if proposal.changes_nothing:
        return Text(f"Order {proposal.order} stays as it is, at version {proposal.base}: nothing differs.")
    head = f"Order {proposal.order} · {proposal.kind} · version {proposal.base} → {proposal.version}"
    tree = Tree(Text(head, "bold"), guide_style=QUIET)
    branches: dict[str, Tree] = {}
    for line in _parents_first(proposal.lines):
        above = branches.get(line.parent or "", tree)
        branches[line.line] = above.add(_line(line))
    _add_steps(proposal, tree, branches)
    parts: list[RenderableType] = [tree, Text(_summary(proposal))]
    parts += [Text(f"By authority: {each}", BUSY) for each in proposal.overridden]
    return Group(*parts)


def _add_steps(proposal: Proposal, tree: Tree, branches: dict[str, Tree]) -> None:
    """Put the steps that do not simply stay under their lines; what undoes a step, or does it anew, under that step."""
    steps = {each.step: each for each in proposal.steps if each.verdict is not Verdict.KEPT}
    beneath = {by for each in steps.values() for by in each.by}
    shared: dict[tuple[str, ...], Tree] = {}
    for step in steps.values():
        if step.step in beneath:
            continue
        where = branches.get(step.lines[0]) if len(step.lines) == 1 else shared.get(step.lines)
        if where is None:
            where = shared[step.lines] = tree.add(Text(f"for {_of(step.lines, proposal)}", "italic"))
        branch = where.add(_step(step))
        for by in step.by:
            branch.add(_step(steps[by], beneath=True) if by in steps else Text(by))


def _parents_first(lines: tuple[ProposedLine, ...]) -> tuple[ProposedLine, ...]:
    """Return the lines, each after the one that it is below."""
    known = {each.line for each in lines}
    found: list[ProposedLine] = []
    waiting = list(lines)
    while waiting:
        there = {each.line for each in found}
        ready = [each for each in waiting if each.parent is None or each.parent in there or each.parent not in known]
        found += ready or waiting
        waiting = [each for each in waiting if each not in found]
    return tuple(found)


def _of(lines: tuple[str, ...], proposal: Proposal) -> str:
    wanted = [each.line for each in proposal.lines if each.verdict is not LineVerdict.ADDED]
    if not lines or set(wanted) <= set(lines):
        return "the whole order"
    return f"the lines {', '.join(lines)}"


def _line(line: ProposedLine) -> Text:
    text = Text.assemble(line.line, " ", (line.title, "bold"), " ", (words(line.verdict), _LINES[line.verdict]))
    return text.append(f": {line.why}" if line.why else "")


def _step(step: ProposedStep, *, beneath: bool = False) -> Text:
    sign, style = _STEPS[step.verdict]
    text = Text.assemble((f"{sign} {step.step}", style), f" {step.title}: ", (_verdict(step, beneath=beneath), style))
    if step.why and not _says_it_already(step):
        text.append(f" ({step.why.rstrip('.')})", QUIET)
    return text


def _says_it_already(step: ProposedStep) -> bool:
    """Tell whether where a step stands in the tree says why it is there."""
    return step.verdict is Verdict.ADDED


def _verdict(step: ProposedStep, *, beneath: bool) -> str:
    if step.undoes is not None and step.verdict is Verdict.ADDED:
        return "undoes it"
    if step.amends is not None and step.verdict is Verdict.ADDED:
        return "makes up for the difference"
    if beneath and step.verdict is Verdict.ADDED:
        return "does it anew"
    then = f", {words(step.consequence)}" if step.consequence else ""
    return f"{words(step.verdict)}{then}"


def _summary(proposal: Proposal) -> str:
    verdicts = [each.verdict for each in proposal.steps]
    found = [f"{verdicts.count(each)} {words(each)}" for each in Verdict if each in verdicts]
    return f"{count(len(verdicts), 'step')}: {', '.join(found)}."


def changeable_view(found: Iterable[Changeable]) -> Table:
    """Return for each line whether it may still be changed."""
    table = new_table("Line", "Product", "Amend", "Cancel", "Why not")
    for each in found:
        table.add_row(each.line, each.product, _may(each.amend), _may(each.cancel), "\n".join(each.why))
    return table


def _may(allowed: bool) -> Text:
    return Text("allowed", GOOD) if allowed else Text("denied", BAD)


def changes_view(number: str, changes: Iterable[ChangeProgress]) -> Text:
    """Return the changes of an order, one a line, and the command that takes back the one at work."""
    text = Text("Changes")
    for each in changes:
        what = f"the lines {', '.join(each.lines)}" if each.lines else "the whole order"
        head = f"\n  {each.number_of}. {each.kind} {what if each.kind == 'cancel' else ''}".rstrip()
        text.append(f"{head} by {each.actor} {moment(each.asked_at)}: ")
        text.append(words(each.state), _STATES[each.state])
        text.append(f", version {each.version}" if each.state is ChangeState.APPLIED and each.version else "")
        text.append(f": {each.why}" if each.why else "")
        if each.state is ChangeState.PLANNING:
            text.append(f"\n  dro orders withdraw-change {number}", style="cyan")
    return text
