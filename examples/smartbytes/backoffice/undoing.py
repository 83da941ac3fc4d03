"""What undoes the effects of a step: refunds, returns, revocations, credit notes."""

from __future__ import annotations

from typing_extensions import override

from examples.smartbytes.backoffice.books import Books, Call
from examples.smartbytes.backoffice.ledger import UNDOES, Entry, round_of
from examples.smartbytes.backoffice.requests import Done, EffectRequest, Refusal, Text


class Undo(EffectRequest):
    """Undoes all that the step `undoes` of the order has done with the operation that this one undoes.

    The caller need not know whether anything was done, nor with which answer: nothing to undo is an answer like any
    other, so that an effect of which nobody has heard can be undone too.
    """

    undoes: Text

    @override
    def perform(self, books: Books, call: Call) -> Done | Refusal:
        standing = turned_around(self.order, self.undoes, books, call)
        return Done({"undone": str(len(standing))}, entries=standing)


def turned_around(order: str, step: str, books: Books, call: Call) -> tuple[Entry, ...]:
    """Return the ledger entries that undo what a step of an order has done."""
    done = books.standing(order, call.system, UNDOES[call.system, call.operation], step)
    return tuple(_turned_around(each, call) for each in done)


def _turned_around(entry: Entry, call: Call) -> Entry:
    turned = {"sequence": call.sequence, "at": call.at, "operation": call.operation, "key": call.key}
    return entry.model_copy(update={**turned, "round": round_of(call.key, entry.order), "undoes": entry.sequence})
