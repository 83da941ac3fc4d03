"""Changes of run plans by hand: a small planner that takes lines out of a plan and has steps done anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from catalog.steps import StepType
from fulfillment.change import Consequence, Verdict, consequence
from fulfillment.commands import Amend, Cancel, Command, WithdrawChange
from fulfillment.effects import Effect, PlanChange
from fulfillment.events import CallEnded, ChangePlanned
from fulfillment.outcomes import Outcome, Succeeded
from fulfillment.progress import ChangeProgress
from fulfillment.runplan import RunAfter, RunChange, RunDefinition, RunPlan, RunStep, RunVerdict
from tests.unit.fulfillment.plans import World

UNDO = "undo.undo"
_UNDONE = (Consequence.UNDONE, Consequence.UNDONE_LATER, Consequence.WITHDRAWN)
EVERYTHING = Cancel(actor="ann", reason="changed my mind")


def undo_definition() -> RunDefinition:
    """Return the step that undoes what any call has done."""
    return RunDefinition(
        id=UNDO, type=StepType.CALLOUT, title="Undo", group_title="Undoing", operation="inventory.undo"
    )


def amend(base: int = 1, more: Mapping[str, str | bool] | None = None) -> Amend:
    return Amend.model_validate({"order": "digest-of-order", "base": base, "actor": "ann", **(more or {})})


class Planner:
    """Works one change out: `gone` lines leave the order, `redo` are steps that are to be done anew."""

    def __init__(self, plan: RunPlan, effect: PlanChange, gone: Iterable[str], redo: Iterable[str] = ()) -> None:
        self.plan = plan
        self.gone = _with_those_below(plan, gone)
        self.facts = {each.id: each for each in effect.facts}
        self.types = {each.id: each.type for each in plan.definitions}
        self.steps = {each.id: each for each in plan.steps}
        self.verdicts: dict[str, Verdict] = {}
        self.undoing: dict[str, str] = {each.undoes: each.id for each in plan.steps if each.undoes}
        self.successors: dict[str, str] = {}
        wanted = dict.fromkeys(redo)
        for each in plan.steps:
            if each.undoes:
                continue
            if set(each.origin) <= self.gone:
                self.verdicts[each.id] = Verdict.UNWANTED
            elif each.id in wanted and self.facts[each.id].begun:
                self.verdicts[each.id] = Verdict.REDONE
        self.ids = dict.fromkeys(self.steps)

    def change(self) -> RunChange:
        """Return the change."""
        for each in [step for step in self.steps.values() if step.id in self.verdicts]:
            if self._is_undone(each):
                self.undoing[each.id] = self._free(UNDO + "@" + each.id.partition("@")[2].partition("+")[0])
            if self.verdicts[each.id] is Verdict.REDONE:
                self.successors[each.id] = self._free(each.id.partition("+")[0])
        steps = [self._kept(each) for each in self.steps.values()]
        fresh = [self._undo(each) for each in self.verdicts if self.undoing.get(each) not in (None, *self.steps)]
        fresh += [self._successor(self.steps[each]) for each in self.successors]
        version = self.plan.version + 1
        known = self.plan.definitions
        changed = self.plan.model_copy(
            update={
                "plan": f"digest-{version}",
                "version": version,
                "definitions": known if UNDO in self.types else (*known, undo_definition()),
                "steps": tuple(sorted((*steps, *fresh), key=lambda step: step.id)),
                "lines": tuple(
                    each.model_copy(update={"cancelled": each.cancelled or each.id in self.gone})
                    for each in self.plan.lines
                ),
            }
        )
        told = (RunVerdict(step=each, verdict=self.verdicts[each], why="not ordered") for each in self.verdicts)
        return RunChange(plan=changed, verdicts=tuple(told))

    def _is_undone(self, step: RunStep) -> bool:
        type_ = self.types[step.definition]
        found = consequence(self.facts[step.id], type_)
        return type_ is StepType.CALLOUT and found in _UNDONE and step.id not in self.undoing

    def _free(self, wanted: str) -> str:
        found, count = wanted, 1
        while found in self.ids:
            count += 1
            found = f"{wanted}+{count}"
        self.ids[found] = None
        return found

    def _kept(self, step: RunStep) -> RunStep:
        if step.undoes or step.id in self.verdicts:
            return step
        kept = step.model_copy(update={"origin": tuple(each for each in step.origin if each not in self.gone)})
        return kept if self.facts[step.id].begun else kept.model_copy(update={"after": self._after(step)})

    def _after(self, step: RunStep) -> tuple[RunAfter, ...]:
        """Return what a step waits for now: not for what is unwanted, and for successors in place of what is redone."""
        found: dict[str, RunAfter] = {}
        for each in step.after:
            if self.verdicts.get(each.step) is not Verdict.UNWANTED:
                name = self.successors.get(each.step, each.step)
                found[name] = each.model_copy(update={"step": name})
        return tuple(found[each] for each in sorted(found))

    def _undo(self, step: str) -> RunStep:
        later = [self.undoing[each] for each in self._dependents(step) if each in self.undoing]
        before = sorted({step, *later})
        of = self.steps[step]
        return RunStep(
            id=self.undoing[step],
            definition=UNDO,
            after=tuple(RunAfter(step=each) for each in before),
            sources=of.sources,
            origin=of.origin,
            undoes=step,
        )

    def _successor(self, step: RunStep) -> RunStep:
        last = self.undoing.get(step.id, step.id)
        after = {each.step: each for each in (*self._after(step), RunAfter(step=last))}
        return step.model_copy(
            update={
                "id": self.successors[step.id],
                "origin": tuple(each for each in step.origin if each not in self.gone),
                "after": tuple(after[each] for each in sorted(after)),
                "planned_as": step.planned_as or step.id,
            }
        )

    def _dependents(self, step: str) -> list[str]:
        found, waiting = [], [step]
        while waiting:
            last = waiting.pop()
            fresh = [
                each.id
                for each in self.steps.values()
                if any(one.step == last for one in each.after) and each.id not in found and not each.undoes
            ]
            found += fresh
            waiting += fresh
        return found


def _with_those_below(plan: RunPlan, lines: Iterable[str]) -> set[str]:
    gone = {*lines, *(each.id for each in plan.lines if each.cancelled)}
    while fresh := {each.id for each in plan.lines if each.parent in gone} - gone:
        gone |= fresh
    return gone


def lines_gone(plan: RunPlan, effect: PlanChange) -> tuple[str, ...]:
    """Return the lines that a cancellation is about."""
    wanted = effect.wanted
    lines = wanted.lines if isinstance(wanted, Cancel) else ()
    whole = isinstance(wanted, Cancel) and not lines
    return tuple(each.id for each in plan.lines) if whole else lines


def worked_out(plan: RunPlan, effect: PlanChange, redo: Iterable[str] = ()) -> ChangePlanned:
    """Return what the planner answers: the lines of a cancellation go, an amendment has `redo` done anew."""
    again = redo if isinstance(effect.wanted, Amend) else ()
    found = Planner(plan, effect, lines_gone(plan, effect), again).change()
    return ChangePlanned(number_of=effect.number_of, change=found)


def decided(plan: RunPlan, asked: Iterable[Effect]) -> list[st.SearchStrategy[ChangePlanned]]:
    """Return what may come of the change that is asked for, if one is: it is refused, or applied in some way."""
    found = []
    for effect in asked:
        if isinstance(effect, PlanChange):
            answer = st.lists(st.sampled_from([each.id for each in plan.steps]), max_size=4) if plan.steps else NOTHING
            found.append(answer.map(lambda redo, effect=effect: worked_out(plan, effect, redo)))  # type: ignore[misc]
            found.append(st.just(ChangePlanned(number_of=effect.number_of, refused="past a point of no return")))
    return found


def changes() -> tuple[Command, ...]:
    """Return what people may ask for of changes, fitting or not."""
    return (
        EVERYTHING,
        EVERYTHING.model_copy(update={"lines": ("L1",)}),
        EVERYTHING.model_copy(update={"lines": ("L3", "L9")}),
        EVERYTHING.model_copy(update={"lines": ("L3",), "override": True, "role": "admin"}),
        amend(1),
        amend(1),
        amend(2),
        WithdrawChange(actor="bob"),
    )


NOTHING: st.SearchStrategy[list[str]] = st.just([])


class Changing(World):
    """A world in which changes are worked out when a test says so."""

    def ask(self, command: Command) -> PlanChange:
        """Ask for a change; return the request to work it out."""
        [effect] = [each for each in self.say(command) if isinstance(each, PlanChange)]
        return effect

    def work_out(self, effect: PlanChange | None = None, *redo: str) -> tuple[Effect, ...]:
        """Answer the last request, or this one; `redo` are steps without their group."""
        effect = effect or self.requests[-1]
        assert self.run.plan is not None
        answer = worked_out(self.run.plan, effect, tuple(f"main.{each}" for each in redo))
        return self._ask(self.run.apply(answer, self.now))

    def refuse(self, why: str = "past its point of no return") -> tuple[Effect, ...]:
        answer = ChangePlanned(number_of=self.requests[-1].number_of, refused=why)
        return self._ask(self.run.apply(answer, self.now))

    def cancel(self, *lines: str) -> tuple[Effect, ...]:
        """Cancel lines, or the order, at once."""
        return self.work_out(self.ask(EVERYTHING.model_copy(update={"lines": lines})))

    def redo(self, *steps: str) -> tuple[Effect, ...]:
        """Amend the order so that steps are done anew."""
        assert self.run.plan is not None
        return self.work_out(self.ask(amend(self.run.plan.version)), *steps)

    def finish(self, step: str, outcome: Outcome | None = None, round_: int = 1) -> tuple[Effect, ...]:
        """Let the call of a step end, by its whole id."""
        ended = CallEnded(step=step, round=round_, outcome=outcome or Succeeded())
        return self._ask(self.run.apply(ended, self.now))

    @property
    def requests(self) -> list[PlanChange]:
        return [each for each in self.asked if isinstance(each, PlanChange)]

    def states(self) -> Mapping[str, str]:
        return {each.id.removeprefix("main."): each.state.value for each in self.run.dump().steps}

    def last_change(self) -> ChangeProgress:
        found = self.run.change()
        assert found is not None
        return found
