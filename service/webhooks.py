"""Posts events and notifications to the webhooks of the environment: each in order and at least once (`domain.md` F7).

Every worker process may post. The one that does holds the webhook's claim in the order book; where it dies, another one
goes on when the claim has ended, from what was kept last: what was posted since then is posted again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx

from catalog.environment import Environment
from catalog.webhooks import NOTIFICATION, Webhook
from orderbook.errors import BookError
from orderbook.events import Event
from orderbook.notices import Told, WebhookState
from orderbook.store import OrderBook

PERIOD = timedelta(seconds=2)
"""How often to look for something to post."""
LEASE = timedelta(seconds=30)
"""How long a claim holds that is not renewed: longer than `KEPT_EVERY` and a post together."""
KEPT_EVERY = timedelta(seconds=5)
TIMEOUT = timedelta(seconds=10)
PAGE = 20
"""How many posts are repeated, at most, when the process that made them dies."""
LONGEST_WAIT = timedelta(minutes=5)
SIGNATURE, ID = "X-Dro-Signature", "X-Dro-Id"

logger = logging.getLogger(__name__)


class NotTaken(Exception):
    """A post that its receiver did not take; the message says why."""


class Post(NamedTuple):
    """One event or notification to be posted, and how far its webhook has been told then.

    `id` is the same whenever it is posted again.
    """

    id: str
    body: bytes
    position: int
    notified: int


class Page(NamedTuple):
    """What is to be posted next, and how far the webhook has been told after that: past what it does not hear, too."""

    posts: tuple[Post, ...]
    position: int
    notified: int


async def keep_posting(book: OrderBook, environment: Environment, period: timedelta = PERIOD) -> None:
    """Post what there is now and after each period, until cancelled; no webhook waits for another one."""
    me = uuid.uuid4().hex
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.TaskGroup() as group:
        poster = Poster(book, http, os.environ, me)
        for each in environment.webhooks:
            group.create_task(_keep_posting(poster, each, period))


async def _keep_posting(poster: Poster, webhook: Webhook, period: timedelta) -> None:
    while True:
        try:
            await poster.post_due(webhook)
        except BookError as error:
            logger.warning("Webhook `%s` is not told now: %s", webhook.name, error)
        await asyncio.sleep(period.total_seconds())


@dataclass(frozen=True)
class Poster:
    """Posts for one process, which claims name `me`."""

    book: OrderBook
    http: httpx.AsyncClient
    environ: Mapping[str, str]
    me: str
    lease: timedelta = LEASE

    async def post_due(self, webhook: Webhook) -> None:
        """Post what the webhook has not been told, until nothing is left, a post fails, or another process does it.

        A webhook that was never told anything begins with what comes next.

        Raises:
            BookError: the order book does not answer.
        """
        state = await asyncio.to_thread(self._claim, webhook)
        while state is not None:
            page = await asyncio.to_thread(self._page, webhook, state)
            state = await self._tell(webhook, page, state)
            if not page.posts:
                return

    def _claim(self, webhook: Webhook) -> WebhookState | None:
        end = self.book.events_end()
        known = next((each for each in self.book.webhooks() if each.name == webhook.name), None)
        if known is None:
            self.book.add_webhook(webhook.name, end)
            return None
        # Looked at before it is claimed, which writes.
        if known.position >= end and known.notified >= self.book.notifications_end():
            return None
        now = datetime.now(UTC)
        return self.book.claim_webhook(webhook.name, self.me, now, now + self.lease)

    def _page(self, webhook: Webhook, state: WebhookState) -> Page:
        """Return the next posts: notifications before events."""
        last, end = self.book.notifications_end(), self.book.events_end()
        hears_all = NOTIFICATION in webhook.events
        told = self.book.notifications_for(webhook.name, hears_all=hears_all, after=state.notified, limit=PAGE)
        posts = [_notification(each, state.position) for each in told]
        notified = last if len(told) < PAGE else told[-1].id
        names = [each for each in webhook.events if each != NOTIFICATION]
        room = PAGE - len(posts)
        if not names or room == 0:
            return Page(tuple(posts), state.position if names else end, notified)
        events = self.book.events_until(end, state.position, names=names, limit=room)
        posts += [_event(each, notified) for each in events]
        return Page(tuple(posts), end if len(events) < room else events[-1].position, notified)

    async def _tell(self, webhook: Webhook, page: Page, state: WebhookState) -> WebhookState | None:
        """Post a page; return how far that came, or None where it failed or the claim went to another process."""
        kept_at = time.monotonic()
        for post in page.posts:
            try:
                await self._post(webhook, post)
            except NotTaken as error:
                logger.warning("Webhook `%s` did not take `%s`: %s", webhook.name, post.id, error)
                await asyncio.to_thread(self.book.keep_webhook, _failed(state, str(error)))
                return None
            state = self._moved(state, post.position, post.notified)
            if time.monotonic() - kept_at > KEPT_EVERY.total_seconds():
                kept_at = time.monotonic()
                if not await asyncio.to_thread(self.book.keep_webhook, state):
                    return None
        until = state.claimed_until if page.posts else None
        done = {"position": page.position, "notified": page.notified, "claimed_until": until}
        state = state.model_copy(update=done)
        return state if await asyncio.to_thread(self.book.keep_webhook, state) else None

    def _moved(self, state: WebhookState, position: int, notified: int) -> WebhookState:
        now = datetime.now(UTC)
        return WebhookState(
            name=state.name,
            position=position,
            notified=notified,
            claimed_by=self.me,
            claimed_until=now + self.lease,
            delivered_at=now,
        )

    async def _post(self, webhook: Webhook, post: Post) -> None:
        headers = {"Content-Type": "application/json", ID: post.id, **self._proof(webhook, post.body)}
        try:
            async with asyncio.timeout(TIMEOUT.total_seconds()):
                # The time-out around it is for all of the post, not for each of its parts.
                response = await self.http.post(webhook.url, content=post.body, headers=headers, timeout=None)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(str(error) or type(error).__name__) from None
        except TimeoutError:
            raise NotTaken(f"no answer within {TIMEOUT.seconds} seconds") from None
        if not response.is_success:
            raise NotTaken(f"it answered {response.status_code}")

    def _proof(self, webhook: Webhook, body: bytes) -> Mapping[str, str]:
        if webhook.credentials is None:
            return {}
        secret = self.environ.get(webhook.credentials)
        if not secret:
            raise NotTaken(f"the environment variable `{webhook.credentials}` is not set")
        return {"Authorization": f"Bearer {secret}", SIGNATURE: signature(secret, body)}


def signature(secret: str, body: bytes) -> str:
    """Return what proves that a body comes from whoever knows the secret: `sha256=` and its HMAC-SHA256 in hex."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _failed(state: WebhookState, error: str) -> WebhookState:
    wait = min(timedelta(seconds=2 ** min(state.tries, 20)), LONGEST_WAIT)
    return state.model_copy(
        update={
            "tries": state.tries + 1,
            "next_try_at": datetime.now(UTC) + wait,
            "last_error": error,
            "claimed_until": None,
        }
    )


def _event(event: Event, notified: int) -> Post:
    id_ = f"event-{event.position}"
    content = {"id": id_, "event": event.name, **event.model_dump(mode="json")}
    return Post(id_, json.dumps(content).encode(), event.position, notified)


def _notification(told: Told, position: int) -> Post:
    id_ = f"notification-{told.id}"
    content = {**told.model_dump(mode="json", exclude={"id"}), "id": id_, "event": NOTIFICATION}
    return Post(id_, json.dumps(content).encode(), position, told.id)
