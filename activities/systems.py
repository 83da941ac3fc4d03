"""Calls to systems: one dynamic activity serves every operation that a catalog declares (`design.md` §4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import httpx
from temporalio import activity
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.exchange import Answered, exchange
from activities.functions import BUILT_IN, Body, compute, typed_inputs
from activities.watch import Ending, Watch
from catalog.cardinality import definition_of
from catalog.environment import Environment
from catalog.expressions import EvaluationError
from catalog.steps import StepType
from catalog.values import NamedValues, NotOfType
from decomposition.model import OrderPlan
from fulfillment.answers import WrongAnswer
from fulfillment.effects import FUNCTIONS, Call
from fulfillment.fallout import decide
from fulfillment.outcomes import CALL_FAILED, CallResult, Failed, Failure, Park, RetryLater, Succeeded
from fulfillment.requests import idempotency_key, inputs, operation_of, render
from orderbook.errors import BookError
from orderbook.store import OrderBook

LONGEST_TEMPORAL_DELAY = timedelta(seconds=30)
"""A longer delay is a timer of the workflow, with the state visible, instead of a retry kept by Temporal."""

BOOK_PATIENCE = 1.0
"""Seconds that writing an attempt's row may take before the call goes on without it."""


class SystemActivities:
    """Calls systems over HTTP and asks the fallout rules what to do about a failure.

    `secret` returns the value of a named credential, `environment` what is in force now, `callback_url` where systems
    answer later.
    """

    def __init__(
        self,
        book: OrderBook,
        http: httpx.AsyncClient,
        environment: Environment,
        secret: Callable[[str], str | None],
        callback_url: str,
        functions: Mapping[str, Body] = BUILT_IN,
    ) -> None:
        self._book = book
        self._http = http
        self._environment = environment
        self._secret = secret
        self._functions = functions
        self._callback_url = callback_url.rstrip("/")

    @activity.defn(dynamic=True)
    async def call(self, payload: Sequence[RawValue]) -> CallResult:
        """Make one try of a call; a failure that the rules want retried soon is left to Temporal's retry.

        Raises:
            BookError: the plan cannot be read now; nobody was called, and Temporal tries again for ever.
        """
        call: Call = activity.payload_converter().from_payload(payload[0].payload, Call)
        before = Before.now()
        watch = Watch(call, call.attempts + before.attempt)
        try:
            answered = await self._answer(call)
        except BookError:
            before.remember_no_call()
            raise
        if isinstance(answered.result, Failure):
            raise await self._failed(call, answered.result, before, watch)
        outputs, later = answered.result, answered.awaits_callback
        watch.ended(Ending.ACCEPTED if later else Ending.SUCCEEDED)
        return CallResult(outcome=Succeeded(outputs=outputs, attempts=before.attempt, awaits_callback=later))

    async def _answer(self, call: Call) -> Answered:
        try:
            plan = await self._plan(call.plan)
            system, _, name = call.operation.partition(".")
            if system == FUNCTIONS:
                return Answered(await self._computed(plan, call, name))
            request = render(plan, call, f"{self._callback_url}/callbacks/{system}")
            address = self._environment.system(system)
            if address is None:
                message = f"The environment has no address of system `{system}`. Add it under `systems`."
                return Answered(Failure(code="NO_ADDRESS", message=message, refused=True))
            token = self._secret(address.credentials) if address.credentials else None
            headers = {address.idempotency_header: idempotency_key(call)}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            timeout = min(call.timeout, address.timeout or call.timeout)
            return await exchange(
                self._http, address.base_url, request, headers, operation_of(plan, call.step), timeout.total_seconds()
            )
        except EvaluationError as error:
            message = f"The request cannot be made from this order's data: {error}"
            return Answered(Failure(code="REQUEST_IMPOSSIBLE", message=message, refused=True))
        except BookError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks in our own code is an outcome, not a wedged order
            activity.logger.exception("Call of %s broke", call.operation)
            return Answered(Failure(code="INTERNAL", message=f"{type(error).__name__}: {error}"))

    async def _computed(self, plan: OrderPlan, call: Call, name: str) -> NamedValues | Failure:
        step = plan.step(call.step)
        declared = plan.definition_of(step).function if step else None
        if declared is None or name not in self._functions:
            return Failure(code="NO_FUNCTION", message=f"This worker lacks the function `{name}`.", refused=True)
        try:
            given = typed_inputs(inputs(plan, call), declared.inputs)
            work = asyncio.to_thread(compute, self._functions[name], given, declared.outputs)
            return await asyncio.wait_for(work, call.timeout.total_seconds())
        except NotOfType as error:
            message = f"The function `{name}` cannot take its input: {error}."
            return Failure(code="REQUEST_IMPOSSIBLE", message=message, refused=True)
        except WrongAnswer as error:
            return Failure(code="WRONG_ANSWER", message=str(error), refused=True)
        except TimeoutError:
            return Failure(code="TIMEOUT", message=f"No answer within {call.timeout}.", refused=True)
        except EvaluationError:
            raise
        except Exception as error:  # noqa: BLE001 - a function is a stranger's code; it computes, so nothing happened
            message = f"The function `{name}` failed: {type(error).__name__}: {error}"
            return Failure(code="FUNCTION_FAILED", message=message, refused=True)

    async def _plan(self, digest: str) -> OrderPlan:
        plan = self._book.remembered_plan(digest) or await asyncio.to_thread(self._book.plan, digest)
        if plan is None:
            raise LookupError(f"plan {digest} is not in the order book")
        return plan

    async def _failed(self, call: Call, failure: Failure, before: Before, watch: Watch) -> ApplicationError:
        """Return the error that tells Temporal what the fallout rules decided, after recording the attempt."""
        unknown = call.unknown or before.unknown or not failure.refused
        decision = decide(
            failure,
            step=definition_of(call.step),
            operation=call.operation,
            step_type=StepType.AUTO_TASK if call.operation.startswith(f"{FUNCTIONS}.") else StepType.CALLOUT,
            tries=call.tries + before.tries,
            rules=self._environment.fallout_rules,
        )
        watch.ended(Ending.RETRIED if isinstance(decision, RetryLater) else Ending.PARKED)
        written = await self._record(call, failure, call.attempts + before.attempt, decision)
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

    async def _record(self, call: Call, failure: Failure, attempt: int, decision: RetryLater | Park) -> bool:
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


class Before:
    """What is known of this activity's earlier tries.

    Temporal tells how many there were. How many of them were certainly refused, and how many called nobody, travels in
    heartbeat details; a try that left none never returned, and may have worked.
    """

    def __init__(self, attempt: int, refused: int = 0, uncalled: int = 0) -> None:
        self.attempt = attempt
        self.refused = refused
        self.uncalled = uncalled

    @classmethod
    def now(cls) -> Before:
        """Read it off the running activity."""
        info = activity.info()
        return cls(info.attempt, *(int(each) for each in info.heartbeat_details))

    @property
    def unknown(self) -> bool:
        """Whether an earlier try may have worked."""
        return self.refused < self.attempt - 1

    @property
    def tries(self) -> int:
        """How often the system was called, this time included: what the fallout rules count."""
        return self.attempt - self.uncalled

    def remember(self, failure: Failure) -> None:
        """Carry on to the next try how many were refused."""
        if failure.refused and not self.unknown:
            activity.heartbeat(self.attempt, self.uncalled)

    def remember_no_call(self) -> None:
        """Carry on to the next try that this one called nobody."""
        activity.heartbeat(self.refused if self.unknown else self.attempt, self.uncalled + 1)
