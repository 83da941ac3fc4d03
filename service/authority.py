"""Whether somebody may do something, as the people of the environment say: asked before anything is sent (H3).

Nobody logs in: who acts is claimed, and audited as such. Where the environment declares nobody, everybody may do
everything, and no role is claimed.
"""

from __future__ import annotations

from typing import TypeVar

from catalog.base import Issue, Refused
from catalog.environment import Environment
from catalog.words import did_you_mean, listed
from fulfillment.authority import acting_role, needed
from fulfillment.commands import CommandBase
from service.catalogs import environment_in_use, refusal, refuses
from service.settings import Settings

C = TypeVar("C", bound=CommandBase)


def usable_environment(settings: Settings) -> Environment | Refused:
    """Return the environment in use, or what is wrong with it."""
    loaded = environment_in_use(settings)
    if loaded.environment is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    return loaded.environment


def role_of(environment: Environment, actor: str, kind: str) -> str | Refused:
    """Return the role in which somebody may do it, empty where nobody is declared, or why they may not."""
    if not environment.people:
        return ""
    roles = environment.roles_of(actor)
    role = acting_role(roles, kind)
    if role is not None:
        return role.value
    if environment.person(actor) is None:
        known = [each.actor for each in environment.people]
        message = f"`{actor}` is not among the people of this installation."
        hint = f"{did_you_mean(actor, known, 'They are')} Say who acts with `--actor` or `DRO_ACTOR`."
        return Refused(issues=(Issue(check="role", message=message, hint=hint),))
    theirs = f"has the role {listed(each.value for each in roles)}" if roles else "has no role"
    message = f"`{actor}` {theirs}, which may not `{kind}`; {needed(kind)} may."
    return Refused(issues=(Issue(check="role", message=message, hint="See `people` in the environment."),))


def authorized(command: C, environment: Environment) -> C | Refused:
    """Return the command with the role in which its actor may give it, or why they may not."""
    role = role_of(environment, command.actor, command.model_dump()["kind"])
    return role if isinstance(role, Refused) else command.model_copy(update={"role": role})
