"""Scenarios: which step groups a plan has, and because of which lines (`domain.md` C7, P1, D6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from catalog.base import Code, Issue, Name
from catalog.catalog import Catalog
from catalog.products import CommercialProduct
from catalog.rules import LineAction, Scenario
from decomposition.asking import FAILED, Asking
from decomposition.lines import Line, LineId, LineKind, Trial, Verdict
from decomposition.model import Because
from decomposition.records import Records


class Candidate(NamedTuple):
    """A scenario for a product and action; `verdict` says why it is not asked, None if it is."""

    scenario: Scenario
    verdict: Verdict | None
    why: str = ""


class ScenarioSet:
    """The catalog's scenarios by product and action; those of a product are worked out once."""

    def __init__(self, catalog: Catalog) -> None:
        self.whole: list[Scenario] = []
        """Those for the order as a whole."""
        self._catalog = catalog
        self._candidates: dict[tuple[Code, LineAction], tuple[Candidate, ...]] = {}
        self._by_subject: dict[tuple[str, Code], list[Scenario]] = {}
        for each in catalog.scenarios:
            if each.product is None and each.classification is None:
                self.whole.append(each)
            else:
                subject = ("product", each.product) if each.product else ("classification", each.classification or "")
                self._by_subject.setdefault(subject, []).append(each)

    def of(self, code: Code, action: LineAction) -> tuple[Candidate, ...]:
        """Return the scenarios of a product and of its classifications, with what speaks against each."""
        if (code, action) not in self._candidates:
            self._candidates[code, action] = tuple(self._ranked(code, action))
        return self._candidates[code, action]

    def _ranked(self, code: Code, action: LineAction) -> Iterator[Candidate]:
        """Yield the product's scenarios, then its classes', nearest first: the first level that has any is asked."""
        product = self._catalog.product(code)
        classes = self._catalog.classes_of(product) if product else ()
        nearest: Code | None = None
        for subject in (("product", code), *(("classification", each) for each in classes)):
            scenarios = self._by_subject.get(subject, [])
            for each in scenarios:
                if action not in each.actions:
                    yield Candidate(each, Verdict.OTHER_ACTION, _other(each))
                elif nearest is not None:
                    yield Candidate(each, Verdict.OVERRIDDEN, f"`{nearest}` has scenarios of its own")
                else:
                    yield Candidate(each, None)
            if nearest is None and any(action in each.actions for each in scenarios):
                nearest = subject[1]


class Scenarios:
    """Matches the catalog's scenarios on lines; which are asked for a product and action is worked out once."""

    def __init__(self, catalog: Catalog, asking: Asking, records: Records) -> None:
        self.reasons: dict[Name, list[Because]] = {}
        """By group: every scenario that brings it in, with its line."""
        self.failed: list[LineId] = []
        """Lines on which a condition had no answer: whether anything covers them is not known."""
        self.trace: list[Trial] = []
        self._set = ScenarioSet(catalog)
        self._asking = asking
        self._records = records

    def match(self, lines: Sequence[Line]) -> None:
        """Try all scenarios on the lines and on the order as a whole."""
        actions = tuple(dict.fromkeys(line.action for line in lines))
        for scenario in self._set.whole:
            if actions and not any(each in scenario.actions for each in actions):
                self._tried(None, scenario, Verdict.OTHER_ACTION, _other(scenario))
            else:
                self._ask(scenario, None)
        for line in lines:
            for scenario, verdict, why in self._set.of(line.product, line.action):
                if verdict is None:
                    self._ask(scenario, line)
                else:
                    self._tried(line, scenario, verdict, why)

    def matched(self) -> tuple[LineId | None, ...]:
        """Return the lines that a scenario matched, or may have; None is the order as a whole."""
        return (*(each.line for reasons in self.reasons.values() for each in reasons), *self.failed)

    def _ask(self, scenario: Scenario, line: Line | None) -> None:
        names = {"order": self._records.order}
        if line is not None:
            names["line"] = self._records.line(line)
        holds = self._asking.holds(scenario.when, names, f"Scenario `{scenario.code}`, `when`", line)
        if holds is FAILED:
            self.failed += [line.id] if line else []
            return
        if not holds:
            self._tried(line, scenario, Verdict.CONDITION_FALSE, f"`{scenario.when}` is false")
            return
        self._tried(line, scenario, Verdict.MATCHED, f"`{scenario.when}` is true" if scenario.when else "no condition")
        because = Because(scenario=scenario.code, line=line.id if line else None)
        self.reasons.setdefault(scenario.group, []).append(because)

    def _tried(self, line: Line | None, scenario: Scenario, verdict: Verdict, why: str) -> None:
        self.trace.append(Trial(line=line.id if line else None, rule=scenario.code, verdict=verdict, why=why))


def _other(scenario: Scenario) -> str:
    return f"it is for {' and '.join(f'`{each.value}`' for each in scenario.actions)}"


def uncovered(lines: Sequence[Line], catalog: Catalog, matched: Sequence[LineId | None]) -> Iterator[Issue]:
    """Yield an issue for each line that nothing is done for (`domain.md` D6); `matched` are those scenarios matched.

    A commercial line needs a rule or scenario, a bundle's own line covered parts, unless its product says that nothing
    need be done. A technical line needs a scenario or further rule; else one of a line that it comes from, or of the
    order as a whole. What does not change needs nothing.
    """
    covered = dict.fromkeys([*matched, *(source.line for line in lines for source in line.sources)])
    served = _served(lines, dict.fromkeys(matched))
    children: dict[LineId, list[Line]] = {}
    for line in lines:
        if line.parent is not None:
            children.setdefault(line.parent, []).append(line)
    for line in lines:
        if line.id in covered or line.action is LineAction.NO_CHANGE:
            continue
        product = catalog.product(line.product)
        if line.kind is LineKind.TECHNICAL:
            if None not in covered and line.id not in served:
                yield _uncovered(line, product.name if product else line.product)
        elif isinstance(product, CommercialProduct) and not product.nothing_to_do and not children.get(line.id):
            yield _uncovered(line, product.name)


def _served(lines: Sequence[Line], matched: Mapping[LineId | None, object]) -> dict[LineId, bool]:
    """Return the technical lines that come, over any number of levels, from a line that a scenario matched."""
    served: dict[LineId, bool] = {}
    waiting = [line.id for line in lines if line.id in matched]
    below: dict[LineId, list[LineId]] = {}
    for line in lines:
        for source in line.sources:
            below.setdefault(source.line, []).append(line.id)
    while waiting:
        for each in below.get(waiting.pop(), ()):
            if each not in served:
                served[each] = True
                waiting.append(each)
    return served


def _uncovered(line: Line, title: str) -> Issue:
    hint = "Add a scenario for it" if line.kind is LineKind.TECHNICAL else "Add a decomposition rule or a scenario"
    tail = "." if line.kind is LineKind.TECHNICAL else ", or say in its product's `nothing_to_do` why none is needed."
    return Issue(
        check="nothing_covers_line",
        message=f"Line `{line.id}`: nothing is done for `{line.product}` ({title}) with action `{line.action.value}`.",
        hint=f"{hint}{tail}",
        path=("lines", line.origin[0].split(".")[0]),
    )
