"""Instances: the steps that a group's definitions become for the lines that brought it in (`domain.md` P1, D1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.base import Issue
from catalog.products import ScopeKind
from catalog.steps import StepBase, StepGroup
from decomposition.asking import FAILED, Asking
from decomposition.extensions import InsteadOf
from decomposition.keys import key_text, short_hash, step_id
from decomposition.lines import Line, LineId
from decomposition.model import Because, Step, StepId
from decomposition.records import Records


class Instances:
    """Makes steps of one plan; `lines` are all of the order, `commercial` the ids of the commercial ones."""

    def __init__(
        self, lines: dict[LineId, Line], commercial: Sequence[LineId], asking: Asking, records: Records
    ) -> None:
        self._lines = lines
        self._commercial = tuple(commercial)
        self._asking = asking
        self._records = records

    def of(self, group: StepGroup, reasons: Iterable[Because | InsteadOf]) -> list[Step]:
        """Return the steps of a group, without dependencies, for the reasons it is in the plan."""
        ordered = sorted(reasons, key=_place)
        return [step for each in group.steps for step in self._steps(group, each, ordered)]

    def _steps(self, group: StepGroup, definition: StepBase, reasons: list[Because | InsteadOf]) -> list[Step]:
        found: dict[StepId, list[Because | InsteadOf]] = {}
        suffixes: dict[LineId, str | None] = {}
        code = f"{group.name}.{definition.name}"
        whole = [each for each in reasons if each.line is None]
        for each in reasons:
            if each.line is None:
                continue
            if each.line not in suffixes:
                suffixes[each.line] = self._suffix(code, definition, self._lines[each.line])
            suffix = suffixes[each.line]
            if suffix is not None:
                found.setdefault(step_id(code, suffix), []).append(each)
        if definition.scope.kind is ScopeKind.PLAN and whole:
            found[step_id(code)] = whole + found.get(step_id(code), [])
        elif whole and not suffixes:
            self._no_lines(code, definition, whole)
        return [self._step(each, group.name, definition.name, found[each]) for each in found]

    def _suffix(self, code: str, definition: StepBase, line: Line) -> str | None:
        scope = definition.scope
        if scope.kind is not ScopeKind.BY or scope.by is None:
            return _placed(scope.kind, line)
        names = {"order": self._records.order, "line": self._records.line(line)}
        answer = self._asking.value(scope.by, names, f"Scope of step `{code}`", line)
        if answer is FAILED:
            return None
        key = key_text(answer)
        return _placed(scope.fallback or ScopeKind.PLAN, line) if key is None else f"~{short_hash(key)}"

    def _step(self, code: StepId, group: str, name: str, reasons: list[Because | InsteadOf]) -> Step:
        sources = sorted(dict.fromkeys(each.line for each in reasons if each.line is not None))
        if any(each.line is None for each in reasons):
            origin = self._commercial
        else:
            origin = tuple(sorted(dict.fromkeys(line for each in sources for line in self._lines[each].origin)))
        return Step(id=code, group=group, name=name, sources=tuple(sources), origin=origin, because=tuple(reasons))

    def _no_lines(self, code: str, definition: StepBase, whole: list[Because | InsteadOf]) -> None:
        first = whole[0]
        subject = f"the scenario `{first.scenario}`" if isinstance(first, Because) else f"the step `{first.step}`"
        message = f"Step `{code}` has the scope `{definition.scope.kind.value}`, "
        message += f"but {subject} is for the order as a whole and gives it no lines."
        hint = "Give the step the scope `plan`, or bring its group in by scenarios of products."
        self._asking.issues.append(Issue(check="step_without_lines", message=message, hint=hint))


def _place(reason: Because | InsteadOf) -> tuple[bool, str, str]:
    """Return where a reason stands among others: those for the order as a whole first, then by line."""
    brought_by = reason.scenario if isinstance(reason, Because) else reason.step
    return reason.line is not None, reason.line or "", brought_by


def _placed(kind: ScopeKind, line: Line) -> str:
    if kind is ScopeKind.PLAN:
        return ""
    return f"@{line.root if kind is ScopeKind.BUNDLE and line.root is not None else line.id}"
