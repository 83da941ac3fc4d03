"""The signals of an order: every command has one, by the name of its kind, for the Web UI and other systems.

Signals never raise: whatever arrives that is no command is audited, since an error in a signal handler would fail the
whole order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from typing import TypeVar

    from pydantic import BaseModel, ValidationError

    from fulfillment.commands import KINDS
    from fulfillment.events import CallbackArrived, Commanded, Event, Misfit, SystemOnline
    from workflows.input import CallbackMessage

M = TypeVar("M", bound=BaseModel)


class Signals(ABC):
    """Turns signals into events of the run."""

    @abstractmethod
    def _happened(self, event: Event) -> None:
        """Tell the run, and do what follows."""

    @workflow.signal(description='Try parked steps again: {"steps": ["GROUP.STEP@LINE"], "actor": "…"}')
    def retry(self, *payload: object) -> None:
        """Retry, as a signal."""
        self._signalled("retry", payload)

    @workflow.signal(description='Go on without steps: {"steps": ["GROUP.STEP@LINE"], "actor": "…", "reason": "…"}')
    def skip(self, *payload: object) -> None:
        """Skip, as a signal."""
        self._signalled("skip", payload)

    @workflow.signal(description='Declare a step done by hand: {"steps": ["…"], "outputs": {"name": "value"}}')
    def complete(self, *payload: object) -> None:
        """Complete, as a signal."""
        self._signalled("complete", payload)

    @workflow.signal(description='Complete a person\'s task: {"step": "GROUP.STEP", "values": {"name": "value"}}')
    def complete_task(self, *payload: object) -> None:
        """Complete a task, as a signal."""
        self._signalled("complete_task", payload)

    @workflow.signal(name="set", description='Tell facts: {"values": {"name": "value"}, "line": "L1", "actor": "…"}')
    def set_facts(self, *payload: object) -> None:
        """Set facts, as a signal."""
        self._signalled("set", payload)

    @workflow.signal(description='Let nothing new start: {"lines": ["L1"], "actor": "…", "reason": "…"}; no lines: all')
    def hold(self, *payload: object) -> None:
        """Hold, as a signal."""
        self._signalled("hold", payload)

    @workflow.signal(description='Release a hold: {"hold": 1, "actor": "…", "role": "…"}')
    def release(self, *payload: object) -> None:
        """Release, as a signal."""
        self._signalled("release", payload)

    @workflow.signal(description='Cancel the order, or lines of it: {"lines": ["L1"], "actor": "…", "reason": "…"}')
    def cancel(self, *payload: object) -> None:
        """Cancel, as a signal."""
        self._signalled("cancel", payload)

    @workflow.signal(description="A system's answer to an asynchronous operation; sent by `dro serve`")
    def callback(self, *payload: object) -> None:
        """Take a system's late answer."""
        message = self._read("callback", CallbackMessage, payload)
        if message is not None:
            self._happened(CallbackArrived(step=message.step, round=message.round, body=message.body))

    @workflow.signal(description='A system is back: {"system": "shipping"}; sent by `dro systems online`')
    def online(self, *payload: object) -> None:
        """Go on with the steps that wait for a system."""
        if event := self._read("online", SystemOnline, payload):
            self._happened(event)

    @workflow.signal(dynamic=True)
    def other(self, name: str, payload: Sequence[RawValue]) -> None:
        """Take any other command by the name of its kind; audit a signal of a name that is none of ours."""
        if name not in KINDS:
            self._happened(Misfit(name=name, problem=f"there is no signal `{name}`"))
            return
        try:
            values = workflow.payload_converter().from_payloads([each.payload for each in payload])
        except Exception as error:  # noqa: BLE001 - whatever the bytes are: a signal must not fail the order
            self._happened(Misfit(name=name, problem=f"the payload cannot be read: {error}"))
            return
        self._signalled(name, tuple(values))

    def _signalled(self, name: str, payload: tuple[object, ...]) -> None:
        if command := self._read(name, KINDS[name], payload):
            self._happened(Commanded.model_validate({"command": command}))

    def _read(self, name: str, kind: type[M], payload: tuple[object, ...]) -> M | None:
        """Return the one payload as a `kind`, or None after auditing why it is none."""
        if len(payload) != 1:
            self._happened(Misfit(name=name, problem=f"expected one payload, the command's JSON; got {len(payload)}"))
            return None
        try:
            # A misspelt field must not widen what is asked: `line` instead of `lines` would cancel the whole order.
            return kind.model_validate(payload[0], extra="forbid")
        except ValidationError as error:
            self._happened(Misfit(name=name, problem=_in_words(error)))
            return None


def _in_words(error: ValidationError) -> str:
    """Return what is wrong with a payload, each problem with its field."""
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'payload'}: {each['msg']}" for each in error.errors()[:5]
    )
