"""Who may do what: the one table of commands and roles, asked before a command is sent and by the run again (H3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from catalog.people import Role
from catalog.words import did_you_mean, listed

_ADMIN = (Role.ADMIN,)
_DESK = (Role.ADMIN, Role.OPERATOR)
_CATALOG = (Role.ADMIN, Role.DESIGNER)
_ORDERS = (Role.ADMIN, Role.SUBMITTER)
_BOTH = (Role.ADMIN, Role.OPERATOR, Role.SUBMITTER)

MAY: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        "retry": _DESK,
        "edit_and_retry": _DESK,
        "complete": _DESK,
        "skip": _DESK,
        "alternative": _DESK,
        "give_up": _DESK,
        "start_now": _DESK,
        "reschedule": _DESK,
        "complete_task": _DESK,
        "hold": _DESK,
        "release": _DESK,
        "set": _BOTH,
        "cancel": _BOTH,
        "amend": _BOTH,
        "withdraw_change": _BOTH,
        "override": _ADMIN,
        "submit": _ORDERS,
        "restart": _DESK,
        "assign": _DESK,
        "claim": _DESK,
        "reassign": _DESK,
        "offline": _DESK,
        "online": _DESK,
        "publish": _CATALOG,
        "rollback": _CATALOG,
    }
)
"""The roles that may do it, by kind of command; what is not listed is an admin's."""


def may(role: str, kind: str) -> bool:
    """Tell whether somebody who claims `role` may do it. An empty role claims nothing and is not asked here."""
    return not role or role in MAY.get(kind, _ADMIN)


def role_refusal(role: str, kind: str) -> str:
    """Return why a claimed role may not do it; empty if it may, or if no role is claimed."""
    if may(role, kind):
        return ""
    if role not in tuple(Role):
        hint = did_you_mean(role, tuple(each.value for each in Role), "Roles are")
        return f"There is no role `{role}`. {hint}"
    return f"The role `{role}` may not `{kind}`; {needed(kind)} may."


def acting_role(roles: tuple[Role, ...], kind: str) -> Role | None:
    """Return the role of an admin where they have it, else the first of their roles that may do it, or None."""
    return Role.ADMIN if Role.ADMIN in roles else next((each for each in roles if may(each, kind)), None)


def needed(kind: str) -> str:
    """Return the roles that may do it, in words."""
    return listed((each.value for each in MAY.get(kind, _ADMIN)), "or")
