"""Changing a plan that runs: all its steps stay, as what goes on or as history, and what is wanted now is added (A1).

A step that goes on has its id; one that is done anew gets a new id, since the effect under the old one has happened.
What a step had begun with, it keeps, and so has what undoes it.
"""

from __future__ import annotations

from catalog.base import Issue, Refused
from catalog.catalog import Catalog
from decomposition.answering import Answers
from decomposition.dependencies import cycle
from decomposition.fates import Fates, Wish
from decomposition.identity import Identity
from decomposition.joined import Joined, conflicts, joined, lines_after, newly_cancelled
from decomposition.model import Dropped, OrderPlan, Step
from decomposition.records import Former, no_former
from decomposition.revisions import Revision, Successor
from decomposition.rewire import Rewiring


def revise(
    plan: OrderPlan, new: OrderPlan | None, fates: Fates, wish: Wish, catalog: Catalog, former: Former = no_former
) -> OrderPlan | Refused:
    """Return the plan that runs after a change, or why there is none.

    `new` is the wanted version of the order, planned as if it were the first; None cancels everything.
    """
    digest = plan.digest
    identity = Identity(plan, new, fates.unwanted)
    answers = Answers(plan, digest, identity, catalog, wish.at, former)
    undoing = answers.undone(fates.undone)
    mending = answers.mended(fates.amended, new) if new else ()
    found = {**{each.id: each for each in (new.definitions if new else ())}, **answers.definitions}
    if issues := (*answers.issues, *conflicts(plan, found)):
        return Refused(issues=issues)
    definitions = {**{each.id: each for each in plan.definitions}, **found}
    parts = Joined(
        revision=Revision(
            version=plan.version + 1,
            kind=wish.kind,
            at=wish.at,
            former=digest,
            actor=wish.actor,
            reason=wish.reason,
            cancelled=newly_cancelled(plan, lines_after(plan, new)),
            unwanted=fates.unwanted,
            undoing=undoing,
            mending=mending,
            successors=tuple(Successor(step=step, by=by) for by, step in sorted(identity.predecessors.items())),
        ),
        steps=(*Rewiring(plan, digest, new, fates, identity, answers).steps(), *answers.steps),
        definitions=definitions,
        dropped=(*_dropped(plan, new, fates, identity), *answers.dropped),
        critical_path=tuple(identity.ids[each] for each in new.critical_path) if new else (),
    )
    changed = joined(plan, new, parts, catalog)
    waiting = [_as_it_waits(changed, each) for each in changed.steps] if changed.extensions else changed.steps
    ring: list[Issue] = cycle(waiting, definitions)
    return Refused(issues=tuple(ring)) if ring else changed


def _as_it_waits(plan: OrderPlan, step: Step) -> Step:
    """Return a step with what it waits for in place of what was replaced."""
    after = plan.waits(step)
    return step if after is step.after else step.model_copy(update={"after": after})


def _dropped(plan: OrderPlan, new: OrderPlan | None, fates: Fates, identity: Identity) -> tuple[Dropped, ...]:
    """Return the prerequisites that steps do without: of what waits still, as the new version has it."""
    fresh = frozenset(identity.ids.values()) - fates.begun
    former = (each for each in plan.dropped if each.step not in fresh)
    told = (each.model_copy(update={"step": identity.ids[each.step]}) for each in (new.dropped if new else ()))
    return (*former, *(each for each in told if each.step in fresh))
