"""What a change wants of every step that a plan has already, by what has happened of it (`domain.md` A1, A3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from catalog.base import Issue
from catalog.changes import AmendKind
from catalog.steps import StepType
from catalog.words import listed
from decomposition.identity import latest
from decomposition.model import OrderPlan, Step, StepId
from decomposition.reading import differences, reading
from decomposition.records import Former, data_of
from decomposition.revisions import Mending
from fulfillment.change import Consequence, Effect, StepFact, Verdict, consequence
from fulfillment.states import StepState

EFFECTIVE = (Consequence.UNDONE, Consequence.UNDONE_LATER)
"""Consequences of steps whose effect exists, or may exist."""

_OURS = (StepType.MILESTONE, StepType.PAUSE, StepType.AUTO_TASK, StepType.STAGED_ASSETIZE)
"""Types of steps that leave nothing outside of the order: without `on_amend`, other data does not concern them."""

_GONE = (StepState.DISCARDED, StepState.CANCELLED, StepState.AMENDED)


class Judged(NamedTuple):
    """What a change wants of a step, what becomes of it if that is not to stay, and why."""

    verdict: Verdict
    consequence: Consequence | None = None
    why: str = ""


def has_begun(fact: StepFact) -> bool:
    """Tell whether something was done for a step, so that it goes on with the data that it had then."""
    return fact.begun or fact.calling or fact.effect is not Effect.NONE


def is_settled(fact: StepFact) -> bool:
    """Tell whether a step that goes on does so with the data that it had: it has begun, or was passed over."""
    return has_begun(fact) or fact.state in (StepState.COMPLETED, StepState.SKIPPED)


def judged(
    plan: OrderPlan, new: OrderPlan | None, facts: Mapping[StepId, StepFact], former: Former
) -> tuple[Mapping[StepId, Judged], tuple[Issue, ...]]:
    """Return the verdict on each step of `plan` that is not simply kept, and the steps that refuse the change.

    `new` is the wanted version, planned as if it were the first; None wants nothing. `facts` has all steps of `plan`.
    """
    return _Judging(plan, new, facts, former).verdicts()


class _Judging:
    """The verdicts so far."""

    def __init__(
        self, plan: OrderPlan, new: OrderPlan | None, facts: Mapping[StepId, StepFact], former: Former
    ) -> None:
        self._plan = plan
        self._new = new
        self._facts = facts
        self._former = former
        self._verdicts: dict[StepId, Judged] = {}
        self._refusals: dict[StepId, Issue] = {}
        self._gone = {line.id for line in plan.lines} - {line.id for line in new.lines} if new else set()
        self._mendings: dict[StepId, list[tuple[int, Mending]]] = {}
        for number, revision in enumerate(plan.revisions):
            for each in revision.mending:
                self._mendings.setdefault(each.step, []).append((number, each))

    def verdicts(self) -> tuple[Mapping[StepId, Judged], tuple[Issue, ...]]:
        """Return the verdicts that are not simply that a step is kept, and what refuses the change."""
        tips = {by: step for by, step in latest(self._plan).items() if step not in self._plan.unwanted}
        for planned in sorted(tips):
            step, wanted = self._step(tips[planned]), self._new.step(planned) if self._new else None
            if wanted is None:
                self._take_out(step, Verdict.UNWANTED, self._why_unwanted(step))
            else:
                self._decide(step, wanted)
        self._propagate([self._step(each) for each in tips.values()])
        kept = (each for each in self._refusals if self._verdicts[each].verdict is not Verdict.REDONE)
        return self._verdicts, tuple(self._refusals[each] for each in kept)

    # one step

    def _decide(self, step: Step, wanted: Step) -> None:
        actors = (step.id, *self._alternatives(step.id))
        if not any(is_settled(self._facts[each]) for each in actors):
            return
        differing = self._differing(step, wanted, actors)
        if not differing:
            return
        if not self._differs_from_what_was_done(step, wanted):
            self._drop_mendings(step, "the change is taken back before it began")
            return
        verdict, why = self._answer(step, differing, [self._consequence(each) for each in actors])
        if verdict is Verdict.REDONE:
            self._take_out(step, verdict, why)
        else:
            self._verdicts[step.id] = Judged(verdict, None, why)
        if verdict is Verdict.AMENDED:
            self._drop_mendings(step, "a later change is made up for instead")

    def _answer(self, step: Step, differing: Sequence[str], found: Sequence[Consequence]) -> tuple[Verdict, str]:
        """Return what other data means for a step that has begun, by its declaration and by what has happened."""
        declared = self._plan.definition_of(step).step
        kind = declared.on_amend.kind if declared.on_amend else None
        what = f"it reads {listed(differing)} otherwise now"
        if kind is AmendKind.IGNORE:
            return Verdict.KEPT, f"{what}, which it ignores"
        if all(each is Consequence.UNCHANGED for each in found):
            again = kind is AmendKind.REDO
            return (Verdict.REDONE if again else Verdict.KEPT), f"{what}; it was skipped"
        if not any(each in EFFECTIVE for each in found):
            stays = kind is None and declared.type is StepType.PAUSE
            return (Verdict.KEPT if stays else Verdict.REDONE), f"{what}; nothing has happened yet"
        if kind is AmendKind.REDO:
            return Verdict.REDONE, what
        if kind is AmendKind.GROUP:
            return Verdict.AMENDED, what
        if declared.type not in _OURS:
            self._refuse(step, what)
        return Verdict.KEPT, f"{what}, which does not concern it"

    def _refuse(self, step: Step, what: str) -> None:
        title = self._plan.definition_of(step).title
        message = f"Step `{step.id}` ({title}) has begun, and the change does not leave it as it is: {what}."
        hint = f"The catalog says nothing of what to do then: `{step.definition}` declares no `on_amend`."
        self._refusals[step.id] = Issue(check="no_on_amend", message=message, hint=hint)

    def _take_out(self, step: Step, verdict: Verdict, why: str) -> None:
        """Take a step out, and with it what does its work in its place or makes up for it."""
        self._verdicts[step.id] = Judged(verdict, self._consequence(step.id), why)
        mendings = (one for each in self._living_mendings(step.id) for one in self._with_alternatives(each.steps))
        for each in (*self._alternatives(step.id), *mendings):
            self._verdicts[each] = Judged(Verdict.UNWANTED, self._consequence(each), f"it goes with `{step.id}`: {why}")

    def _why_unwanted(self, step: Step) -> str:
        if self._new is None:
            return "the order is cancelled"
        lines = [each for each in step.origin if each in self._gone]
        if lines and len(lines) == len(step.origin):
            return f"{listed(lines)} {'is' if len(lines) == 1 else 'are'} cancelled"
        return "the new version of the order does not bring it in"

    # what was done, and with which data

    def _differing(self, step: Step, wanted: Step, actors: Iterable[StepId]) -> tuple[str, ...]:
        """Return what a step, or what has its place or makes up for it, reads otherwise in the new version."""
        assert self._new is not None
        found = dict.fromkeys(self._differences(self._plan, step, self._new, wanted))
        waiting = (one for each in self._living_mendings(step.id) if not self._has_begun(each) for one in each.steps)
        for each in (*actors, *waiting):
            if each != step.id:
                known = self._step(each)
                found |= dict.fromkeys(self._differences(self._plan, known, self._new, known))
        return tuple(found)

    def _differs_from_what_was_done(self, step: Step, wanted: Step) -> bool:
        """Tell whether the new version differs from what was done: by the step, or by what made up for a change."""
        assert self._new is not None
        done = [number for number, each in self._mendings.get(step.id, ()) if self._has_begun(each)]
        if done:
            later = self._plan.revisions[done[-1] + 1 :]
            then = self._former(later[0].former) if later else self._plan
            known = then.step(step.id) or step
        else:
            then, known = data_of(self._plan, step, self._former)
        return then is self._plan or bool(self._differences(then, known, self._new, wanted))

    def _differences(self, before: OrderPlan, step: Step, after: OrderPlan, wanted: Step) -> tuple[str, ...]:
        if not all(after.has_line(each) for each in wanted.sources):
            return ("lines",)
        definition = self._plan.definition_of(step)
        return differences(reading(before, step, definition), reading(after, wanted, definition))

    # what belongs together

    def _alternatives(self, step: StepId) -> Iterator[StepId]:
        """Yield the steps that have the place of a replaced step, over all levels."""
        extension = self._plan.replaced.get(step)
        if extension is not None:
            yield from self._with_alternatives(extension.steps)

    def _with_alternatives(self, steps: Iterable[StepId]) -> Iterator[StepId]:
        for each in steps:
            yield each
            yield from self._alternatives(each)

    def _living_mendings(self, step: StepId) -> list[Mending]:
        found = (each for _, each in self._mendings.get(step, ()))
        return [each for each in found if not any(one in self._plan.unwanted for one in each.steps)]

    def _has_begun(self, mending: Mending) -> bool:
        steps = [self._facts[each] for each in self._with_alternatives(mending.steps)]
        return any(has_begun(each) and each.state not in _GONE for each in steps)

    def _drop_mendings(self, step: Step, why: str) -> None:
        for each in self._living_mendings(step.id):
            if not self._has_begun(each):
                for one in self._with_alternatives(each.steps):
                    self._verdicts[one] = Judged(Verdict.UNWANTED, self._consequence(one), why)

    def _consequence(self, step: StepId) -> Consequence:
        return consequence(self._facts[step], self._plan.definition_of(self._step(step)).step.type)

    def _step(self, code: StepId) -> Step:
        step = self._plan.step(code)
        assert step is not None
        return step

    # what follows

    def _propagate(self, living: Sequence[Step]) -> None:
        """Have steps done anew that declare so, because what they depend on is undone."""
        dependents: dict[StepId, list[Step]] = {}
        for step in living:
            for before in self._propagating(step):
                dependents.setdefault(before, []).append(step)
        waiting = [code for code in sorted(dependents) if self._is_undone(code)]
        for code in waiting:
            for step in dependents.get(code, ()):
                if not self._is_undone(step.id) and self._is_there_to_redo(step.id):
                    self._take_out(step, Verdict.REDONE, f"`{code}`, which it depends on, is undone")
                    # The loop goes on with what follows from it.
                    waiting.append(step.id)

    def _is_there_to_redo(self, step: StepId) -> bool:
        return has_begun(self._facts[step]) and self._consequence(step) is not Consequence.UNCHANGED

    def _propagating(self, step: Step) -> tuple[StepId, ...]:
        declared = self._plan.definition_of(step).step.after
        codes = [each.step if "." in each.step else f"{step.group}.{each.step}" for each in declared if each.propagates]
        if not codes:
            return ()
        return tuple(each.step for each in step.after if self._step(each.step).definition in codes)

    def _is_undone(self, step: StepId) -> bool:
        found = self._verdicts.get(step)
        if found is None or found.verdict not in (Verdict.REDONE, Verdict.UNWANTED):
            return False
        return found.verdict is Verdict.REDONE or found.consequence in EFFECTIVE
