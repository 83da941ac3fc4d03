"""`dro demo`: a laptop bundle from click to commission, with one failure a rule repairs and one a person resumes."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

from catalog.base import Refused
from commands.shared import console as shared_console
from fulfillment.commands import Retry
from fulfillment.states import OrderState, StepState
from orderbook.views import FalloutView, OrderView
from service import desk
from service.catalogs import environment_in_use
from service.orders import submit
from service.server_program import free_ports
from service.settings import load
from service.stack import Stack, at_port, running_stack

if TYPE_CHECKING:
    from service.hosts import BuildWorker

ORDER = Path(__file__).parent.parent / "examples/smartbytes/orders/laptop-bundle.yaml"
REPAIRED_BY_RULE = {"system": "inventory", "operation": "reserve", "kind": "status", "status": 503}
LEFT_TO_A_PERSON = {
    "system": "warranty",
    "operation": "register",
    "kind": "status",
    "status": 422,
    "code": "PROVIDER_CLOSED",
}
TICK = 0.25
LONGEST_RUN = 120.0
MARKS = {
    StepState.COMPLETED: "[green]✔[/green]",
    StepState.IN_PROGRESS: "[cyan]▶[/cyan]",
    StepState.FAILED: "[yellow]↻[/yellow]",
    StepState.FATALLY_FAILED: "[red]✘[/red]",
    StepState.SKIPPED: "[dim]–[/dim]",
}


def run_demo(build_worker: BuildWorker) -> int:
    """Play the demo in a temporary home; return 0 only if the order completed."""
    with tempfile.TemporaryDirectory(prefix="dro-demo-") as home:
        return asyncio.run(_play(Path(home), build_worker))


async def _play(home: Path, build_worker: BuildWorker) -> int:
    console = shared_console()
    office, callbacks = free_ports(2)
    settings = load(
        {"home": str(home), "serve_port": str(callbacks), "temporal_port": "0", "temporal_ui_port": "0"},
        {},
    )
    loaded = environment_in_use(settings).environment
    assert loaded is not None, "the example's environment is part of the checkout"
    environment = at_port(loaded, office)
    console.print("Starting Temporal with its Web UI, a worker, the callback route and SmartBytes' nine systems …")
    async with running_stack(settings, build_worker, environment, with_back_office=True) as stack:
        await _break_things(stack)
        submitted = await submit(ORDER, stack.client, stack.book, settings)
        if isinstance(submitted, Refused):
            console.print("\n".join(str(issue) for issue in submitted.issues))
            return 1
        console.print(
            f"\nOrder [bold]{submitted.number}[/bold] is accepted. Watch it at {_page(stack, submitted.number)}\n"
        )
        try:
            state = await _watch(console, stack, submitted.number, home)
        except TimeoutError:
            console.print(f"The order did not end within {LONGEST_RUN:g} s.")
            return 1
        _farewell(console, stack, submitted.number, state)
        if state is OrderState.COMPLETED and console.is_terminal:
            await _enter()
    return 0 if state is OrderState.COMPLETED else 1


async def _break_things(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.back_office or "", trust_env=False) as http:
        for fault, calls in ((REPAIRED_BY_RULE, 2), (LEFT_TO_A_PERSON, 1)):
            (await http.post("/faults", json={**fault, "calls": calls})).raise_for_status()


async def _watch(console: Console, stack: Stack, number: str, home: Path) -> OrderState:
    """Show the plan running until it ends; play the operator's part where nobody sits at a terminal."""
    resumed: tuple[str, ...] = ()
    with Live(console=console, auto_refresh=False, transient=False) as live:
        async with asyncio.timeout(LONGEST_RUN if not console.is_terminal else None):
            while True:
                view = await asyncio.to_thread(stack.book.show, number)
                if view is not None:
                    live.update(_table(view), refresh=console.is_terminal)
                    if view.ended_at is not None:
                        live.update(_table(view), refresh=True)
                        return view.state
                    resumed = await _desk(live.console, stack, view, home, resumed)
                await asyncio.sleep(TICK)


async def _desk(
    console: Console, stack: Stack, view: OrderView, home: Path, resumed: tuple[str, ...]
) -> tuple[str, ...]:
    stuck = [each for each in view.fallouts if not each.resolution and _key(each) not in resumed]
    if not stuck:
        return resumed
    fallout = stuck[0]
    step = next(each for each in view.steps if each.id == fallout.step)
    command = f'dro steps retry {view.number} {step.id} --reason "provider is open again"'
    console.print(f"\n[bold red]{step.title}[/bold red] ({step.id}) needs a person: {step.reason}")
    console.print(f"An operator resumes it with:\n  {command}")
    if console.is_terminal:
        console.print(f"Type it in another terminal (first: export DRO_HOME={home}), or press Enter to have it done.\n")
        await _enter_or_ended(stack, view.number, step.id)
    still = await asyncio.to_thread(stack.book.show, view.number)
    if still and any(each.id == step.id and each.state is StepState.FATALLY_FAILED for each in still.steps):
        answer = await desk.ask(
            stack.client,
            view.number,
            Retry(steps=(step.id,), actor="demo", role="operator", reason="provider is open again"),
            f"demo {_key(fallout)}",
        )
        if isinstance(answer, Refused):
            console.print("\n".join(str(issue) for issue in answer.issues))
        else:
            console.print("Done: the step runs again, under the same idempotency key.\n")
    return (*resumed, _key(fallout))


def _key(fallout: FalloutView) -> str:
    return f"{fallout.step} {fallout.number}"


async def _enter_or_ended(stack: Stack, number: str, step: str) -> None:
    """Return when Enter was pressed, or when the step moves because somebody resumed it elsewhere."""
    pressed = asyncio.create_task(_enter())
    while not pressed.done():
        view = await asyncio.to_thread(stack.book.show, number)
        if view and all(each.id != step or each.state is not StepState.FATALLY_FAILED for each in view.steps):
            pressed.cancel()
            break
        await asyncio.sleep(TICK)
    with suppress(asyncio.CancelledError):
        await pressed


async def _enter() -> None:
    """Wait for Enter without a thread that would outlive the demo."""
    loop = asyncio.get_running_loop()
    pressed = asyncio.Event()
    loop.add_reader(sys.stdin, pressed.set)
    try:
        await pressed.wait()
        sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin)


def _table(view: OrderView) -> Table:
    table = Table(title=f"Order {view.number} · {view.state.value}", title_justify="left", show_edge=False)
    for column in ("", "lane", "step", "state", "tries", "why"):
        table.add_column(column, overflow="fold")
    for step in view.steps:
        mark = MARKS.get(step.state, " ")
        table.add_row(mark, step.group, step.title, step.state.value, str(step.attempts or ""), step.reason)
    return table


def _page(stack: Stack, number: str) -> str:
    return f"{stack.ui}/namespaces/default/workflows/order%2F{number}"


def _farewell(console: Console, stack: Stack, number: str, state: OrderState) -> None:
    console.print(f"\nOrder [bold]{number}[/bold] is [bold]{state.value}[/bold].")
    console.print(f"  Temporal Web UI   {_page(stack, number)}")
    console.print(f"  What was done     {stack.back_office}/ledger?order={number}")
    console.print("  Next              README.md, the tour; `dro up` keeps all of this running")
    if console.is_terminal:
        console.print("\nPress Enter to stop.")
