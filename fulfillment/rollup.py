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
    steps: Iterable[StepState], children: Iterable[OrderState] = (), *, given_up: bool = False
) -> OrderState:
    """Return the state of a line from its steps; without steps, from its child lines.

    A step that a change replaced (`amended`) says nothing: its successor speaks. `given_up`: an operator gave
    the line up.
    """
    states = tuple(state for state in steps if state is not StepState.AMENDED)
    if not states:
        return combined(children)
    present = frozenset(states)
    return (
        _moving_or_held(present)
        or _ended(present)
        or (OrderState.FAILED if given_up else None)
        or (OrderState.PENDING if present <= UNBEGUN else OrderState.IN_PROGRESS)
    )


def _moving_or_held(present: frozenset[StepState]) -> OrderState | None:
    if present & RUNNING:
        return OrderState.IN_PROGRESS
    if StepState.ON_HOLD in present or (StepState.FATALLY_FAILED in present and not present & MOVING):
        return OrderState.HELD
    if present <= UNBEGUN and StepState.SCHEDULED in present:
        return OrderState.PENDING
    return None


def _ended(present: frozenset[StepState]) -> OrderState | None:
    if present <= DELIVERED:
        return OrderState.COMPLETED
    if present <= GONE:
        return OrderState.CANCELLED
    if present <= DELIVERED | GONE:
        return OrderState.PARTIAL
    return None


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


def order_state(lines: Iterable[OrderState], steps: Iterable[StepState] = ()) -> OrderState:
    """Return the state of an order from its lines; an order without lines rolls up its steps as a line does."""
    states = tuple(lines)
    return combined(states) if states else line_state(steps)
