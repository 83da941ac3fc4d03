"""Migrations rehearsed: a book that the former program filled is read and written on by this one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import column, inspect, text
from sqlalchemy import table as bare_table

from catalog.base import digest
from catalog.values import ValueType, named
from decomposition.model import OrderPlan
from fulfillment.progress import FactsMemory, StepKept
from fulfillment.states import OrderState, StepState
from orderbook.connection import open_engine, writing
from orderbook.migrate import migrate
from orderbook.publications import Publication, PublicationKind
from orderbook.store import OrderBook
from orderbook.views import LostExecution
from tests.unit.orderbook.builders import LAPTOP, NOON, a_batch, a_plan, a_step, an_entry, an_order, minutes

AT = "2026-11-25T12:00:00.000000Z"
OUTPUTS = '[{"name":"tracking","type":"text","text":"1Z-999"}]'
FAILURE = '{"code":"HTTP_503","message":"no stock server","status":503,"refused":false,"request":"","answer":""}'
PLAN = a_plan(an_order())
AUDIT = {
    "at": AT, "actor": "ada", "role": "", "action": "hold", "step": "", "accepted": True, "detail": "", "reason": "",
}  # fmt: skip

FORMER_CANONICAL = (
    '{"name":"","products":[{"effective_from":null,"effective_until":null,"code":"LAPTOP","name":"Laptop",'
    '"classification":null,"unit":null,"attributes":[],"components":[],"nothing_to_do":""}],"systems":[]}'
)
"""A catalog as the former program wrote it, every field whether it was given or not."""
FORMER_DIGEST = digest(FORMER_CANONICAL)

ROWS_OF_0001: dict[str, dict[str, object]] = {
    "catalog_versions": {
        "digest": FORMER_DIGEST, "label": "v1", "canonical": FORMER_CANONICAL, "sources": '[["a.yaml","a: 1"]]',
        "author": "ada", "created_at": AT, "note": "first",
    },
    "orders": {
        "number": "SO-1", "account": "ACME", "priority": "normal", "digest": an_order().digest,
        "content": an_order().model_dump_json(), "catalog": FORMER_DIGEST, "accepted_at": AT, "actor": "ada",
    },
    "audit_service": {**AUDIT, "id": 1, "number": "SO-1", "action": "submit"},
    "late_answers": {"id": 1, "number": "SO-1", "step": "g.a", "round": 1, "at": AT, "why": "over", "answer": "{}"},
    "plans": {"digest": PLAN.digest, "number": "SO-1", "content": PLAN.model_dump_json()},
    "order_progress": {
        "number": "SO-1", "state": "in_progress", "plan": PLAN.digest, "batch": 3, "digest": "d" * 64,
        "replaced": False, "updated_at": AT, "started_at": AT, "ended_at": None,
    },
    "lines": {
        "number": "SO-1", "id": "L1", "product": "LAPTOP", "title": "Laptop", "parent": None, "state": "in_progress",
        "waived": "[]",
    },
    "steps": {
        "number": "SO-1", "id": "ship.pick", "group": "Shipping", "title": "Pick", "type": "callout",
        "state": "fatally_failed", "reason": "parked", "actor": "", "after": '["ship.reserve"]', "sources": '["L1"]',
        "round": 1, "attempts": 3, "started_at": AT, "ended_at": None, "outputs": OUTPUTS,
    },
    "attempts": {
        "number": "SO-1", "step": "ship.pick", "round": 1, "attempt": 1, "at": AT, "code": "HTTP_503",
        "message": "no stock server", "status": 503, "refused": False,
        "decision": '{"kind":"park","queue":null,"rule":null,"why":""}', "request": "", "answer": "",
    },
    "fallouts": {
        "number": "SO-1", "step": "ship.pick", "no": 1, "batch": 2, "round": 1, "system": "stock", "operation": "pick",
        "code": "HTTP_503", "failure": FAILURE, "unknown": True, "rule": None, "why": "3 tries failed", "queue": None,
        "attempts": 3, "opened_at": AT, "resolution": "", "actor": "", "reason": "", "resolved_at": None,
    },
    "tasks": {
        "number": "SO-1", "step": "ship.check", "batch": 2, "title": "Check", "instructions": "", "queue": None,
        "form": "[]", "opened_at": AT, "completed_at": None, "actor": "", "values": "[]",
    },
    "audit_progress": {**AUDIT, "number": "SO-1", "batch": 2, "seq": 0},
}  # fmt: skip
"""A row of every table as the former program wrote it: written down here, since today's models write otherwise."""


def filled(url: str) -> None:
    """Make the database as the former program left it."""
    migrate(url, "0001")
    engine = open_engine(url, timedelta(seconds=1))
    with writing(engine).begin() as connection:
        assert set(inspect(connection).get_table_names()) == {*ROWS_OF_0001, "alembic_version"}
        for table, row in ROWS_OF_0001.items():
            connection.execute(bare_table(table, *map(column, row)).insert(), row)
        # A row with an explicit id leaves PostgreSQL's sequence behind; the program itself never gives one.
        if engine.dialect.name == "postgresql":
            for table in ("audit_service", "late_answers"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', 1)"))
    engine.dispose()


def test_all_that_the_former_program_wrote_is_read_after_migrating(empty_url: str) -> None:
    filled(empty_url)
    migrate(empty_url)
    book = OrderBook(empty_url)

    order = book.show("SO-1")

    assert order is not None
    assert (order.state, order.accepted_at, order.lost, order.facts.order) == (OrderState.IN_PROGRESS, NOON, None, ())
    [step] = order.steps
    assert (step.state, step.outputs, step.kept) == (
        StepState.FATALLY_FAILED,
        (named("tracking", ValueType.TEXT, "1Z-999"),),
        None,
    )
    assert [(each.failure.status, len(each.history)) for each in order.fallouts] == [(503, 1)]
    assert (order.tasks[0].title, order.lines[0].title, order.late_answers[0].why) == ("Check", "Laptop", "over")
    assert [each.action for each in book.audit("SO-1")] == ["submit", "hold"]
    stored, catalog, plan = book.order("SO-1"), book.catalog(FORMER_DIGEST), book.plan(PLAN.digest)
    assert stored is not None
    assert (stored.order, catalog, plan) == (an_order(), LAPTOP, OrderPlan.model_validate(PLAN))
    assert catalog is not None
    assert catalog.digest == FORMER_DIGEST
    assert book.catalog_sources(FORMER_DIGEST) == {"a.yaml": "a: 1"}
    in_force = Publication(
        seq=1, digest=FORMER_DIGEST, label="v1", kind=PublicationKind.PUBLISH, at=NOON, author="ada", note="first"
    )
    assert book.publications() == (in_force,)
    assert [each.number for each in book.open_orders(minutes(1))] == ["SO-1"]
    known = book.progress("SO-1")
    assert known is not None
    assert (known.n, known.steps[0].id, known.facts) == (3, "ship.pick", None)
    book.close()


def test_what_the_former_program_began_is_written_on_after_migrating(empty_url: str) -> None:
    filled(empty_url)
    migrate(empty_url)
    book = OrderBook(empty_url)
    kept = a_step("ship.pick").model_copy(update={"kept": StepKept(tries=4)})
    facts = FactsMemory(order=(named("signed_off", ValueType.BOOLEAN, True),))

    book.write_batch(a_batch(4, steps=(kept,)).model_copy(update={"facts": facts}))
    book.add_audit("SO-1", an_entry("claim"))
    book.record_late_answer("SO-1", "g.a", 1, at=NOON, why="over", answer="")
    book.add_order(an_order("SO-2"), catalog=FORMER_DIGEST, at=NOON, actor="ada")
    assert book.record_lost("SO-2", LostExecution(found_at=minutes(1), run_id="", how="gone", detail="Gone."))

    known, second = book.progress("SO-1"), book.show("SO-2")
    assert known is not None
    assert (known.n, known.steps, known.facts) == (4, (kept,), facts)
    assert len(known.fallouts) == 1
    assert second is not None
    assert second.lost is not None
    book.close()
