"""Calls to systems: one dynamic activity serves every operation that a catalog declares (`design.md` §4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from temporalio import activity
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.before import Before
from activities.doubt import Contact, ask_for
from activities.functions import BUILT_IN
from activities.watch import Ending, Watch
from catalog.environment import Environment
from catalog.expressions import EvaluationError
from catalog.values import NamedValues
from decomposition.model import OrderPlan
from decomposition.records import Former, no_former
from fulfillment.computing import Body, computed
from fulfillment.doubt import may_have_forgotten
from fulfillment.effects import FUNCTIONS, Call
from fulfillment.judging import is_unknown, judge
from fulfillment.outcomes import CALL_FAILED, CallResult, Decision, Failed, Failure, Offline, RetryLater, Succeeded
from fulfillment.replies import Answered, impossible
from fulfillment.requests import idempotency_key, inputs, operation_of, render
from orderbook.errors import BookError
from orderbook.store import OrderBook
from orderbook.switches import SystemSwitch

LONGEST_TEMPORAL_DELAY = timedelta(seconds=30)
"""A longer delay is a timer of the workflow, with the state visible, instead of a retry kept by Temporal."""

BOOK_PATIENCE = 1.0
"""Seconds that writing an attempt's row may take before the call goes on without it."""


class SystemActivities:
    """Calls systems over HTTP and asks the fallout rules what to do about a failure.

    `secret` returns the value of a named credential, `environment` what is in force now, `callback_url` where systems
    answer later; `offline` returns the switch of a system that is off.
    """

    def __init__(
        self,
        book: OrderBook,
        http: httpx.AsyncClient,
        environment: Environment,
        secret: Callable[[str], str | None],
        callback_url: str,
        functions: Mapping[str, Body] = BUILT_IN,
        offline: Callable[[str], Awaitable[SystemSwitch | None]] | None = None,
    ) -> None:
        self._book = book
        self._http = http
        self._environment = environment
        self._secret = secret
        self._functions = functions
        self._offline = offline
        self._callback_url = callback_url.rstrip("/")

    @activity.defn(dynamic=True)
    async def call(self, payload: Sequence[RawValue]) -> CallResult:
        """Make one try of a call; a failure that the rules want retried soon is left to Temporal's retry.

        Raises:
            BookError: the plan cannot be read now; nobody was called, and Temporal tries again for ever.
        """
        call: Call = activity.payload_converter().from_payload(payload[0].payload, Call)
        before = Before.now()
        if (switch := await self._switched_off(call)) is not None:
            return CallResult(outcome=_held_back(call, before, switch))
        watch = Watch(call, call.attempts + before.attempt)
        try:
            answered = await self._answer(call, doubtful=call.unknown or before.unknown)
        except BookError:
            before.remember_no_call()
            raise
        if isinstance(answered.result, Failure):
            raise await self._failed(call, answered.result, before, watch)
        outputs, later = answered.result, answered.awaits_callback
        watch.ended(Ending.ACCEPTED if later else Ending.SUCCEEDED)
        return CallResult(
            outcome=Succeeded(outputs=outputs, attempts=before.attempt, awaits_callback=later, note=answered.note)
        )

    async def _switched_off(self, call: Call) -> SystemSwitch | None:
        return await self._offline(call.operation.partition(".")[0]) if self._offline else None

    async def _answer(self, call: Call, *, doubtful: bool) -> Answered:
        try:
            plan = await self._plan(call.plan)
            former = await self._former(plan, call.step)
            system, _, name = call.operation.partition(".")
            if system == FUNCTIONS:
                return Answered(await self._computed(plan, call, name, former))
            request = render(plan, call, f"{self._callback_url}/callbacks/{system}", former)
            address = self._environment.system(system)
            if address is None:
                message = f"The environment has no address of system `{system}`. Add it under `systems`."
                return Answered(Failure(code="NO_ADDRESS", message=message, refused=True))
            token = self._secret(address.credentials) if address.credentials else None
            headers = {address.idempotency_header: idempotency_key(call)}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            contact = Contact(
                http=self._http,
                base_url=address.base_url,
                operation=operation_of(plan, call.step),
                key=idempotency_key(call),
                headers=headers,
                timeout=min(call.timeout, address.timeout or call.timeout).total_seconds(),
            )
            forgotten = doubtful and may_have_forgotten(address.keys_remembered, call, datetime.now(UTC))
            return await ask_for(contact, request, doubtful=doubtful, forgotten=forgotten)
        except EvaluationError as error:
            return impossible(error)
        except BookError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks in our own code is an outcome, not a wedged order
            activity.logger.exception("Call of %s broke", call.operation)
            return Answered(Failure(code="INTERNAL", message=f"{type(error).__name__}: {error}"))

    async def _computed(self, plan: OrderPlan, call: Call, name: str, former: Former) -> NamedValues | Failure:
        step = plan.step(call.step)
        declared = plan.definition_of(step).function if step else None
        if declared is None or name not in self._functions:
            return Failure(code="NO_FUNCTION", message=f"This worker lacks the function `{name}`.", refused=True)
        work = asyncio.to_thread(computed, self._functions[name], declared, inputs(plan, call, former))
        try:
            return await asyncio.wait_for(work, call.timeout.total_seconds())
        except TimeoutError:
            return Failure(code="TIMEOUT", message=f"No answer within {call.timeout}.", refused=True)

    async def _plan(self, digest: str) -> OrderPlan:
        plan = self._book.remembered_plan(digest) or await asyncio.to_thread(self._book.plan, digest)
        if plan is None:
            raise LookupError(f"plan {digest} is not in the order book")
        return plan

    async def _former(self, plan: OrderPlan, step_id: str) -> Former:
        """Return what gives the plan that a step has begun with, or that what it undoes was begun with."""
        step = plan.step(step_id)
        if step is None or not step.data_of:
            return no_former
        found = await self._plan(step.data_of)
        return {step.data_of: found}.__getitem__

    async def _failed(self, call: Call, failure: Failure, before: Before, watch: Watch) -> ApplicationError:
        """Return the error that tells Temporal what the fallout rules decided, after recording the attempt."""
        unknown = is_unknown(call, failure, before=before.unknown)
        attempt = call.attempts + before.attempt
        decision = judge(
            call,
            failure,
            self._book.remembered_plan(call.plan),
            self._environment.fallout_rules,
            attempt=attempt,
            tries=call.tries + before.tries,
            unknown=unknown,
        )
        watch.ended(Ending.of(decision))
        written = await self._record(call, failure, attempt, decision)
        if isinstance(decision, RetryLater) and decision.delay <= LONGEST_TEMPORAL_DELAY:
            before.remember(failure)
            return ApplicationError(
                f"{failure.code}: {failure.message}",
                type=failure.code,
                next_retry_delay=max(decision.delay, timedelta(milliseconds=1)),
                category=ApplicationErrorCategory.BENIGN,
            )
        failed = Failed(
            failure=failure,
            decision=decision,
            attempts=before.attempt,
            unknown=unknown,
            unwritten_attempts=int(not written),
        )
        return ApplicationError(
            f"{failure.code}: {failure.message}",
            failed,
            type=CALL_FAILED,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )

    async def _record(self, call: Call, failure: Failure, attempt: int, decision: Decision) -> bool:
        write = partial(
            self._book.record_attempt,
            call.number,
            call.step,
            call.round,
            attempt,
            at=activity.info().started_time,
            failure=failure,
            decision=decision,
        )
        try:
            await asyncio.wait_for(asyncio.to_thread(write), BOOK_PATIENCE)
        except Exception:  # noqa: BLE001 - a step never waits for its log
            activity.logger.warning("Attempt %s of %s could not be written to the order book", attempt, call.step)
            return False
        return True


def _held_back(call: Call, before: Before, switch: SystemSwitch) -> Offline:
    """Return that nothing was sent this time, and what is known of the tries before."""
    return Offline(
        system=switch.system,
        actor=switch.actor,
        reason=switch.reason,
        attempts=before.attempt - 1,
        tries=before.tries - 1,
        unknown=call.unknown or before.unknown,
    )
