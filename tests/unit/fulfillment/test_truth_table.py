"""The whole truth table: type and state of the step, command, role; what is expected is written down here by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from pydantic import TypeAdapter

from catalog.people import Role
from catalog.steps import StepType
from fulfillment.authority import MAY, acting_role, role_refusal
from fulfillment.board import Board
from fulfillment.commands import KINDS, Command
from fulfillment.eligibility import CommandKind, Subject, problems, refusal
from fulfillment.runplan import RunDefinition, RunInput
from fulfillment.state import StepMemory
from fulfillment.states import StepState
from tests.unit.fulfillment.plans import plan, step

COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
S, K, T = StepState, CommandKind, StepType
FITS = {
    *product((K.RETRY, K.EDIT_AND_RETRY, K.SKIP), StepType, (S.FAILED, S.FATALLY_FAILED)),
    *product((K.ALTERNATIVE,), (T.CALLOUT, T.AUTO_TASK), (S.FAILED, S.FATALLY_FAILED)),
    *product((K.COMPLETE, K.GIVE_UP), StepType, (S.FATALLY_FAILED,)),
    *product((K.SKIP, K.COMPLETE), StepType, (S.ON_HOLD,)),
    *product((K.START_NOW,), StepType, (S.SCHEDULED,)),
    *product((K.RESCHEDULE,), StepType, (S.PENDING, S.SCHEDULED)),
    (K.COMPLETE_TASK, T.MANUAL_TASK, S.IN_PROGRESS),
    (K.SKIP, T.PAUSE, S.IN_PROGRESS),
}
DESK = (Role.ADMIN, Role.OPERATOR)
ORDERS = ("set", "cancel", "amend", "withdraw_change")
"""Commands that whoever submits orders may give, too."""
ROLES = ("", *Role, "janitor")
MORE: dict[str, dict[str, object]] = {
    "alternative": {"group": "backup"},
    "edit_and_retry": {"values": {"amount": "5"}},
    "reschedule": {"at": datetime(2026, 12, 1, tzinfo=UTC)},
}


def command(kind: CommandKind, role: str, reason: str = "asked to") -> Command:
    """Return a command to the one step that lacks nothing else."""
    where: dict[str, object] = {"step": "main.it"} if kind is K.COMPLETE_TASK else {"steps": ("main.it",)}
    given = {**where, **MORE.get(kind.value, {}), "kind": kind.value, "role": role, "reason": reason}
    return COMMAND.validate_python(given)


def board(type_: StepType, state: StepState, *, unknown: bool = False, given_up: bool = False) -> Board:
    """Return a plan of two steps, the one asked about in that state; the other keeps the order open."""
    inputs = (RunInput(name="amount"),)
    it = RunDefinition(id="main.it", type=type_, title="It", group_title="Main", inputs=inputs)
    other = RunDefinition(id="main.other", type=StepType.MILESTONE, title="Other", group_title="Main")
    memory = StepMemory(id="main.it", state=state, unknown=unknown, given_up=given_up)
    return Board(plan([it, other], [step("it"), step("other")]), (memory,))


@pytest.mark.parametrize("kind", CommandKind)
@pytest.mark.parametrize("type_", StepType)
@pytest.mark.parametrize("state", StepState)
def test_a_command_is_taken_where_state_and_role_allow_it_and_else_refused_with_the_reason(
    kind: CommandKind, type_: StepType, state: StepState
) -> None:
    fits = (kind, type_, state) in FITS
    assert (refusal(kind, Subject(type_, state)) == "") is fits
    for role in ROLES:
        allowed = role == "" or role in DESK
        found = problems(board(type_, state), command(kind, role))
        assert (found == ()) is (fits and allowed), (role, found)
        if not allowed:
            [why] = found
            assert f"`{role}`" in why


@pytest.mark.parametrize("kind", [each for each in CommandKind if each is not K.COMPLETE_TASK])
def test_what_was_given_up_takes_nothing_more(kind: CommandKind) -> None:
    [why] = problems(board(T.CALLOUT, S.FATALLY_FAILED, given_up=True), command(kind, "admin"))
    assert why.endswith("it was given up; that is final.")


@pytest.mark.parametrize("kind", [K.SKIP, K.GIVE_UP])
@pytest.mark.parametrize("reason", ["", "  "])
def test_giving_something_up_needs_a_reason(kind: CommandKind, reason: str) -> None:
    [why] = problems(board(T.CALLOUT, S.FATALLY_FAILED), command(kind, "operator", reason))
    assert "needs a reason; say why with `--reason`" in why


@pytest.mark.parametrize("kind", [K.SKIP, K.EDIT_AND_RETRY])
def test_after_an_unknown_outcome_somebody_must_state_that_nothing_happened(kind: CommandKind) -> None:
    unknown = board(T.CALLOUT, S.FATALLY_FAILED, unknown=True)
    [why] = problems(unknown, command(kind, "operator"))
    assert "the outcome of a try is unknown" in why
    sure = command(kind, "operator").model_copy(update={"nothing_happened": True})
    assert problems(unknown, sure) == ()
    assert problems(unknown, sure.model_copy(update={"reason": " "})) == (why,)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_command_has_its_roles(kind: str) -> None:
    allowed = (*DESK, Role.SUBMITTER) if kind in ORDERS else DESK
    assert {role for role in Role if role in MAY[kind]} == set(allowed)


def test_what_no_run_is_asked_has_its_roles_too() -> None:
    assert [kind for kind, roles in MAY.items() if Role.DESIGNER in roles] == ["publish", "rollback"]
    without = [kind for kind, roles in MAY.items() if Role.OPERATOR not in roles]
    assert without == ["override", "submit", "publish", "rollback"]
    assert all(Role.ADMIN in roles for roles in MAY.values())


def test_an_unlisted_command_is_an_admins() -> None:
    assert role_refusal("operator", "explode") == "The role `operator` may not `explode`; `admin` may."
    assert role_refusal("admin", "explode") == ""


def test_a_role_that_is_none_is_refused_with_the_nearest_one() -> None:
    assert role_refusal("operater", "retry") == "There is no role `operater`. Did you mean `operator`?"


def test_somebody_acts_as_admin_else_in_the_first_role_that_suffices() -> None:
    assert acting_role((Role.SUBMITTER, Role.OPERATOR, Role.ADMIN), "retry") is Role.ADMIN
    assert acting_role((Role.SUBMITTER, Role.OPERATOR), "set") is Role.SUBMITTER
    assert acting_role((Role.SUBMITTER, Role.OPERATOR), "retry") is Role.OPERATOR
    assert acting_role((Role.SUBMITTER, Role.DESIGNER), "retry") is None
