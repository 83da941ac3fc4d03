"""Whether somebody may do something, as the people of the environment say: asked before anything is sent (H3).

Nobody logs in: who acts is claimed, and audited as such. Where the environment declares nobody, everybody may do
everything, and no role is claimed.
"""

from __future__ import annotations

from typing import TypeVar

from catalog.base import Refused
from catalog.environment import Environment
from catalog.people import Role
from catalog.words import did_you_mean, listed
from fulfillment.authority import acting_role, needed
from fulfillment.commands import Amend, Cancel, CommandBase
from service.catalogs import environment_in_use, refusal, refuses
from service.settings import Settings

C = TypeVar("C", bound=CommandBase)

OVERRIDE = "override"
"""What it takes to pass a point of no return, in the table of commands and roles."""


def usable_environment(settings: Settings) -> Environment | Refused:
    """Return the environment in use, or what is wrong with it."""
    loaded = environment_in_use(settings)
    if loaded.environment is None or refuses(loaded.issues):
        return refusal(loaded.issues)
    return loaded.environment


def role_of(environment: Environment, actor: str, kind: str, claimed: str = "") -> str | Refused:
    """Return the role in which somebody may do it, empty where nobody is declared, or why they may not.

    Where nobody is declared a role that is claimed stands as it is; else it must be one of theirs.
    """
    if not environment.people:
        return claimed
    roles = environment.roles_of(actor)
    if claimed and environment.person(actor) is not None and claimed not in roles:
        return _may_not(f"`{actor}` {_theirs(roles)}, not `{claimed}`.", "See `people` in the environment.")
    role = acting_role(tuple(each for each in roles if each.value == claimed) if claimed else roles, kind)
    if role is not None:
        return role.value
    if environment.person(actor) is None:
        known = [each.actor for each in environment.people]
        hint = f"{did_you_mean(actor, known, 'They are')} Say who acts with `--actor` or `DRO_ACTOR`."
        return _may_not(f"`{actor}` is not among the people of this installation.", hint)
    message = f"`{actor}` {_theirs(roles)}, which may not `{kind}`; {needed(kind)} may."
    return _may_not(message, "See `people` in the environment.")


def _theirs(roles: tuple[Role, ...]) -> str:
    return f"has the role {listed(each.value for each in roles)}" if roles else "has no role"


def _may_not(message: str, hint: str) -> Refused:
    return Refused.because("role", message, hint)


def authorized(command: C, environment: Environment) -> C | Refused:
    """Return the command with the role in which its actor may give it, or why they may not."""
    kind = OVERRIDE if isinstance(command, Amend | Cancel) and command.override else command.model_dump()["kind"]
    role = role_of(environment, command.actor, kind, command.role)
    return role if isinstance(role, Refused) else command.model_copy(update={"role": role})
