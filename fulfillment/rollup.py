"""From states of steps to states of lines and orders (`domain.md` O4), the rules in their order, first match wins."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.states import OrderState, StepState

DELIVERED = frozenset({StepState.COMPLETED, StepState.SKIPPED})
GONE = frozenset({StepState.CANCELLED, StepState.DISCARDED})
ENDED = DELIVERED | GONE | {StepState.AMENDED}
"""States that a step never leaves, and after which what depends on it may start."""

RUNNING = frozenset({StepState.READY, StepState.IN_PROGRESS})
MOVING = RUNNING | {StepState.FAILED, StepState.SCHEDULED}
"""States that a step leaves by itself, sooner or later."""

UNBEGUN = frozenset({StepState.PENDING, StepState.SCHEDULED})

ORDER_ENDED = frozenset({OrderState.COMPLETED, OrderState.CANCELLED, OrderState.FAILED, OrderState.PARTIAL})


def line_state(
    steps: Iterable[StepState], children: Iterable[OrderState] = (), *, given_up: bool = False, held: bool = False
) -> OrderState:
    """Return the state of a line from its steps; without steps, from its child lines.

    A step that a change replaced (`amended`) says nothing: its successor speaks. `given_up`: an operator gave a step
    of the line up, which `steps` then leaves out: it waits for nobody, and was neither delivered nor undone.
    `held`: a person holds the line, or what it shares with others.
    """
    present = frozenset(state for state in steps if state is not StepState.AMENDED)
    if not present and not given_up:
        return combined(children)
    at_rest = _given_up(present) if given_up else _at_rest(present)
    return _moving_or_held(present) or (OrderState.HELD if held and at_rest not in ORDER_ENDED else at_rest)


def _moving_or_held(present: frozenset[StepState]) -> OrderState | None:
    if present & RUNNING:
        return OrderState.IN_PROGRESS
    if StepState.ON_HOLD in present or (StepState.FATALLY_FAILED in present and not present & MOVING):
        return OrderState.HELD
    return None


def _given_up(present: frozenset[StepState]) -> OrderState:
    """Return `failed`, but for a line that goes on by itself: it has not come to rest yet."""
    return OrderState.IN_PROGRESS if present & MOVING else OrderState.FAILED


def _at_rest(present: frozenset[StepState]) -> OrderState:
    if present <= UNBEGUN:
        return OrderState.PENDING
    if present <= DELIVERED:
        return OrderState.COMPLETED
    if present <= GONE:
        return OrderState.CANCELLED
    if present <= DELIVERED | GONE:
        return OrderState.PARTIAL
    return OrderState.IN_PROGRESS


def combined(states: Iterable[OrderState]) -> OrderState:
    """Return one state for several: the common one, `partial` for a mixed end, else the liveliest; none: completed."""
    each = tuple(states)
    present = frozenset(each)
    if len(present) < 2:
        return each[0] if each else OrderState.COMPLETED
    if present <= ORDER_ENDED:
        return OrderState.PARTIAL
    lively = (OrderState.IN_PROGRESS, OrderState.HELD, OrderState.PENDING)
    return next((state for state in lively if state in present), OrderState.IN_PROGRESS)


def order_state(
    lines: Iterable[OrderState], steps: Iterable[StepState] = (), *, given_up: bool = False, held: bool = False
) -> OrderState:
    """Return the state of an order from its lines; an order without lines rolls up its steps as a line does."""
    states = tuple(lines)
    return combined(states) if states else line_state(steps, given_up=given_up, held=held)
