"""Asks an order to change, or shows first what that would mean; tells what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.base import Issue, Refused
from commands.change_views import changeable_view, proposal_view
from commands.errors import Refusal, say
from commands.looking import unknown_order
from commands.shared import book_of, client_of, new_invocation, print_json, print_json_list, run, show
from fulfillment.commands import Amend, Answer, Cancel
from service.authority import usable_environment
from service.changes import Amendment, UnderWay, amendment, proposal, under_way, what_may_change
from service.changing import HowToAsk, allowed, change, moved_meanwhile
from service.desk import NOT_RUNNING, REFUSED_LATER, note_refusal
from service.lost import why_unheard
from service.proposals import Proposal

if TYPE_CHECKING:
    from orderbook.store import OrderBook
    from service.settings import Settings


class Asking(NamedTuple):
    """How a change is asked for, as the options say it."""

    dry: bool
    override: bool
    role: str
    reason: str
    no_wait: bool
    as_signal: bool
    as_json: bool


def refuse_catalog(number: str, catalog: Path) -> None:
    """Refuse to plan a change on another catalog than the one that the order was accepted on.

    Raises:
        Refusal: always.
    """
    message = f"Order `{number}` stays on the catalog that it was accepted on; `{catalog}` cannot take its place."
    hint = "Hand in lines that need another catalog as an order of their own, with `dro orders submit`."
    raise Refusal((Issue(check="other_catalog", message=message, hint=hint),))


def ask_to_amend(number: str, file: Path, base: int | None, settings: Settings, asking: Asking) -> None:
    """Put the order of a file in the place of an order that runs.

    Raises:
        Refusal: the file cannot take its place, the actor may not, or the order refuses it.
    """
    with book_of(settings) as book:
        order = _under_way(book, number)
        found = amendment(book, order, file, base)
        wanted = Amend(
            actor=settings.actor,
            role=asking.role,
            reason=asking.reason,
            order="" if isinstance(found, Refused) else found.order.digest,
            base=order.plan.version if base is None else base,
            override=asking.override,
        )
        amended = None if isinstance(found, Refused) else found
        request = _Request(book, order, wanted, amended, settings, asking)
        if isinstance(found, Refused):
            raise request.noted(found)
        request.do()


def ask_to_cancel(number: str, lines: tuple[str, ...], settings: Settings, asking: Asking) -> None:
    """Cancel an order that runs, or lines of it.

    Raises:
        Refusal: the actor may not, or the order refuses it.
    """
    wanted = Cancel(actor=settings.actor, role=asking.role, reason=asking.reason, lines=lines, override=asking.override)
    with book_of(settings) as book:
        _Request(book, _under_way(book, number), wanted, None, settings, asking).do()


def show_changeable(number: str, settings: Settings, *, as_json: bool) -> None:
    """Show for each line of an order whether it may still be changed.

    Raises:
        Refusal: there is no such order, or it has ended.
    """
    with book_of(settings) as book:
        found = what_may_change(book, _under_way(book, number))
    print_json_list(found) if as_json else show(changeable_view(found))


def _under_way(book: OrderBook, number: str) -> UnderWay:
    found = under_way(book, number)
    if isinstance(found, Refused):
        raise unknown_order(book, number) if book.show(number) is None else Refusal(found.issues)
    return found


@dataclass(frozen=True)
class _Request:
    """A change that somebody asks for, with all that it takes to ask."""

    book: OrderBook
    order: UnderWay
    wanted: Amend | Cancel
    amended: Amendment | None
    settings: Settings
    asking: Asking

    def do(self) -> None:
        """Ask for the change, or show it."""
        content = self.amended.order if self.amended else None
        shown = proposal(self.book, self.order, self.wanted, content, datetime.now(UTC))
        if self.asking.dry:
            _show(shown, self.asking)
            return
        environment = usable_environment(self.settings)
        wanted = (
            environment
            if isinstance(environment, Refused)
            else allowed(self.book, environment, self.order.view.number, self.wanted)
        )
        answer = wanted if isinstance(wanted, Refused) else run(self._asked(wanted, shown))
        if isinstance(answer, Refused):
            raise self.noted(answer)
        print_json(answer) if self.asking.as_json else say(answer.message)

    async def _asked(self, wanted: Amend | Cancel, shown: Proposal | Refused) -> Answer | Refused:
        how = HowToAsk(new_invocation(), wait=not self.asking.no_wait, as_signal=self.asking.as_signal)
        client = await client_of(self.settings)
        answer = await change(client, self.book, self.order.view.number, wanted, self.amended, how)
        if isinstance(answer, Refused) or self.asking.no_wait or self.asking.as_signal:
            return answer
        moved = await moved_meanwhile(self.book, shown.revision if isinstance(shown, Proposal) else None, self.order)
        if not moved:
            return answer
        told = f"Steps had moved since the book heard of them: it goes otherwise than shown for {', '.join(moved)}."
        return Answer(message=f"{answer.message} {told}")

    def noted(self, refused: Refused) -> Refusal:
        """Return the refusal, as it stands in the order's history now; a dry run leaves no trace."""
        from orderbook.errors import BookError

        number = self.order.view.number
        if any(each.check == NOT_RUNNING for each in refused.issues):
            refused = why_unheard(self.book, number)
        if not self.asking.dry and not any(each.check == REFUSED_LATER for each in refused.issues):
            try:
                note_refusal(self.book, number, self.wanted, refused, datetime.now(UTC))
            except BookError as error:
                say(f"The refusal is not in the order's history: {error}")
        return Refusal(refused.issues)


def _show(shown: Proposal | Refused, asking: Asking) -> None:
    if isinstance(shown, Refused):
        raise Refusal(shown.issues)
    if asking.as_json:
        print_json(shown)
        return
    show(proposal_view(shown))
    say("A dry run: nothing was changed. What is asked for is decided by where the steps stand at that moment.")
