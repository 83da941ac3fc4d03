"""Growth of run plans by hand: two more calls, one after the other, in place of any step."""

from __future__ import annotations

from fulfillment.outcomes import Failed, Failure, RunAlternative
from fulfillment.runplan import RunExtension, RunGrowth, RunPlan, RunProvided
from tests.unit.fulfillment.plans import callout, output, step

GROUP = "backup"


def alternative_to(run_plan: RunPlan, code: str) -> RunGrowth:
    """Return two calls in place of a step, the second of which gives its output `id`."""
    number = len(run_plan.extensions) + 1
    known = {each.id for each in run_plan.definitions}
    definitions = (callout("ask"), callout("mend", outputs=(output("id", "response.body.id"),)))
    origin = next(each.origin for each in run_plan.steps if each.id == code)
    ask, mend = (f"ask@X{number}", f"mend@X{number}")
    return RunGrowth(
        plan=f"digest-{number}",
        definitions=tuple(each for each in definitions if each.id not in known),
        steps=(step(ask, origin=origin), step(mend, ask, origin=origin)),
        extension=RunExtension(
            step=code,
            group=GROUP,
            steps=(f"main.{ask}", f"main.{mend}"),
            last=(f"main.{mend}",),
            provided=(RunProvided(output="id", step=f"main.{mend}"),),
        ),
    )


def replaced_by_rule(*, unknown: bool = False) -> Failed:
    """Return a failed call whose rule has the two calls made instead."""
    failure = Failure(code="STRIKE", message="Strike.", refused=not unknown)
    return Failed(failure=failure, decision=RunAlternative(group=GROUP, rule="strike"), unknown=unknown)
