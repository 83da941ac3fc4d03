"""Several order files with one command: each gets its own answer, and the worst one decides the exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalog.base import Refused
from commands.errors import ExitCode, say
from commands.shared import book_of, client_of, show
from fulfillment.states import OrderState

if TYPE_CHECKING:
    from pydantic import BaseModel
    from temporalio.client import Client

    from decomposition.model import OrderPlan
    from orderbook.store import OrderBook
    from service.orders import Submitted
    from service.settings import Settings


def show_plans(files: Sequence[Path], settings: Settings, how: str | None) -> ExitCode:
    """Show the plan of each file, or why it has none; `how` is a format of `drawing`, `gantt` or None."""
    from commands.render import order_view
    from decomposition.wording import outlook
    from service.planning import dry_run
    from service.shown import as_planned

    code, answers = ExitCode.DONE, []
    for file in files:
        planned = dry_run(file, settings, datetime.now(UTC))
        if isinstance(planned, Refused):
            code = ExitCode.REFUSED
            answers.append(_refuse(file, planned))
            continue
        if how == "json":
            answers.append(_data(as_planned(planned)))
        elif how == "gantt":
            from commands.gantt import draw

            draw(as_planned(planned))
        elif how is not None:
            typer.echo(drawing(planned, how), nl=False)
        else:
            show(order_view(as_planned(planned)))
            say(
                "\n".join(
                    (
                        *outlook(planned),
                        "A dry run: nothing was written, and `dro orders submit` may still meet a taken number.",
                    )
                )
            )
    if how == "json":
        _print(answers)
    return code


def drawing(plan: OrderPlan, how: str) -> str:
    """Return a plan as `tree`, `table`, `json`, `mermaid` or `dot`, with its last line ended."""
    from decomposition.diagrams import dot, mermaid
    from decomposition.drawing import table, tree
    from service.shown import as_planned

    if how == "json":
        return as_planned(plan).model_dump_json(indent=2) + "\n"
    return {"tree": tree, "table": table, "mermaid": mermaid, "dot": dot}[how](plan)


async def submit_all(files: Sequence[Path], settings: Settings, wait: bool, as_json: bool) -> ExitCode:
    """Submit each file, wait for the accepted orders if asked to, and say what became of each."""
    from orderbook.errors import BookError
    from service.temporal import Unreachable

    try:
        return await _submit_all(files, settings, wait, as_json)
    except (Unreachable, BookError):
        # What is wrong with an order can be told without server and order book.
        if _any_refused(files, settings):
            return ExitCode.REFUSED
        raise


async def _submit_all(files: Sequence[Path], settings: Settings, wait: bool, as_json: bool) -> ExitCode:
    from service.orders import submit

    client = await client_of(settings)
    with book_of(settings) as book:
        code, answers, accepted = ExitCode.DONE, [], []
        for file in files:
            answer = await submit(file, client, book, settings)
            if isinstance(answer, Refused):
                code = ExitCode.REFUSED
                answers.append(_refuse(file, answer))
                continue
            say(_accepted(answer))
            accepted.append(answer)
        ended = await _ended(client, accepted) if wait else {}
        answers += [await _answer(book, each) for each in accepted]
    if as_json:
        _print(answers)
    elif not wait and accepted:
        say(f"Follow it with `dro orders watch {accepted[-1].number}`.")
    wrong = any(state is not OrderState.COMPLETED for state in ended.values())
    return ExitCode.REFUSED if wrong else code


def _any_refused(files: Sequence[Path], settings: Settings) -> bool:
    from service.planning import dry_run

    planned = [(file, dry_run(file, settings, datetime.now(UTC))) for file in files]
    refused = [(file, each) for file, each in planned if isinstance(each, Refused)]
    for file, each in refused:
        _refuse(file, each)
    return bool(refused)


def _accepted(answer: Submitted) -> str:
    how = "accepted" if answer.is_new else "was accepted before, with the same content"
    later = "" if answer.is_started else "; Temporal cannot start it now, so the next worker does once it can"
    return f"Order {answer.number} {how}{later}."


async def _ended(client: Client, accepted: Sequence[Submitted]) -> dict[str, OrderState | None]:
    from service.orders import wait

    found = {}
    for each in accepted:
        found[each.number] = await wait(client, each.number)
        state = found[each.number]
        say(f"Order {each.number}: {state.replace('_', ' ') if state else 'its workflow broke down'}.")
    return found


async def _answer(book: OrderBook, submitted: Submitted) -> object:
    view = await asyncio.to_thread(book.show, submitted.number)
    return _data(view) if view else {"number": submitted.number}


def _refuse(file: Path, refused: Refused) -> object:
    say(f"{file}: refused")
    for each in refused.issues:
        say(f"  {each}")
    return {"file": str(file), **refused.model_dump(mode="json")}


def _data(model: BaseModel) -> object:
    return model.model_dump(mode="json")


def _print(answers: Sequence[object]) -> None:
    """Write one answer as an object, several as a list."""
    typer.echo(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2, ensure_ascii=False))
