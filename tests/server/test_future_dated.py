"""Steps that wait for their time are started early and moved while they wait, on a real server (`domain.md` E5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.base import Refused
from fulfillment.commands import Answer, Reschedule, StartNow
from fulfillment.states import OrderState, StepState
from orderbook.views import OrderView
from service import desk
from service.orders import submit
from tests.server.conftest import Shop
from workflows.ids import workflow_id

CATALOG = """\
products:
  BOOK: {name: Book}
step_groups:
  post:
    steps:
      pack: {type: milestone}
      ship: {type: milestone, after: [{step: pack, lag: 20d}]}
      ask: {type: milestone, after: [{step: pack, lag: 30d}]}
      thank: {type: milestone, after: [{step: pack, lag: 40d}]}
scenarios:
  POST_BOOK: {product: BOOK, group: post}
"""
ORDER = "number: LATER-1\naccount: ADA\nlines:\n  L1: {product: BOOK, quantity: 1}\n"


def waiting(view: OrderView) -> tuple[str, ...]:
    return tuple(each.id for each in view.steps if each.state is StepState.SCHEDULED)


async def test_steps_weeks_ahead_are_started_now_moved_close_and_told_by_a_signal(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/catalog.yaml").write_text(CATALOG)
    (tmp_path / "order.yaml").write_text(ORDER)
    client, settings = shop.stack.client, shop.settings.model_copy(update={"catalog": str(tmp_path / "catalog")})
    assert not isinstance(await submit(tmp_path / "order.yaml", client, shop.stack.book, settings), Refused)
    view = await shop.until("LATER-1", lambda view: len(waiting(view)) == 3)
    days = {each.id: (each.due - view.accepted_at).days for each in view.steps if each.due}
    assert days == {"post.ship": 20, "post.ask": 30, "post.thank": 40}

    soon = datetime.now(UTC) + timedelta(seconds=1)
    moved = Reschedule(steps=("post.ask",), at=soon, actor="ada", reason="asked for it")
    assert isinstance(await desk.ask(client, "LATER-1", moved, "move"), Answer)
    started = StartNow(steps=("post.ship",), actor="ada", reason="goods are here")
    assert isinstance(await desk.ask(client, "LATER-1", started, "start"), Answer)
    again = await desk.ask(client, "LATER-1", started, "again")
    assert isinstance(again, Refused)
    assert "it is completed" in again.issues[0].message
    early = await shop.until("LATER-1", lambda view: waiting(view) == ("post.thank",))
    asked = next(each for each in early.steps if each.id == "post.ask")
    assert asked.ended_at is not None
    assert asked.ended_at >= soon

    await client.get_workflow_handle(workflow_id("LATER-1")).signal("start_now", {"step": "post.thank"})
    assert isinstance(await desk.signal(client, "LATER-1", StartNow(steps=("post.thank",), actor="ada")), Answer)
    assert (await shop.ended("LATER-1")).state is OrderState.COMPLETED
    told = [(each.action, each.step, each.accepted) for each in shop.stack.book.audit("LATER-1")]
    assert ("start_now", "post.thank", True) in told
    assert ("message start_now", "", False) in told
