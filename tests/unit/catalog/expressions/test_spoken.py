"""Conditions in words."""

from __future__ import annotations

import pytest

from catalog.expressions.spoken import in_words

SAID = {
    "source.attributes.style == 'Standard'": "the source's style is 'Standard'",
    "line.amount > 0": "the line's amount is more than 0",
    "coalesce(line.amount, 0) <= 12.50": "the line's amount (else 0) is at most 12.50",
    "line.ship_to.country in ['CH', 'DE', 'AT']": "the line's ship to country is one of 'CH', 'DE' or 'AT'",
    "line.ship_to.country not in ['CH', 'DE']": "the line's ship to country is none of 'CH' or 'DE'",
    "order.currency in ['USD']": "the order's currency is 'USD'",
    "line.id in order.attributes.lines": "the line's id is in the order's lines",
    "line.term is null": "the line's term is not given",
    "line_facts.date_agreed is not null": "the line's fact date agreed is given",
    "coalesce(facts.signed_off, false)": "the order's fact signed off is true",
    "not order.attributes.gift": "the order's gift is false",
    "not (order.attributes.size < 3)": "the order's size is at least 3",
    "not (line.term is null)": "the line's term is given",
    "steps.check.look.passed": "`passed` of step `check.look` is true",
    "order.attributes.gift and (line.price > 5 or line.quantity > 2)": (
        "the order's gift is true and (the line's price is more than 5 or the line's quantity is more than 2)"
    ),
    "not (order.attributes.gift and order.attributes.card)": (
        "not (the order's gift is true and the order's card is true)"
    ),
    "1 < line.quantity <= 5": "1 is less than the line's quantity and the line's quantity is at most 5",
    "len(order.lines) > 1": "the number of the order's lines is more than 1",
    "startswith(line.product, 'LAPTOP')": "the line's product begins with 'LAPTOP'",
    "line.price * line.quantity + 1 > -3": "(the line's price * the line's quantity) + 1 is more than -3",
    "true": "always",
    "false": "never",
    "any([each.amount > 3 for each in lines])": "`any([each.amount > 3 for each in lines])`",
    "lines[0].price > 2": "`lines[0].price` is more than 2",
    "line.": "`line.`",
}


@pytest.mark.parametrize(("source", "words"), SAID.items(), ids=list(SAID))
def test_a_condition_is_told_in_words(source: str, words: str) -> None:
    assert in_words(source) == words
