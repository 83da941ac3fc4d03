"""Effective dates: what is sold, delivered and decided on which day (`domain.md` C2, C5)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from catalog.base import Refused
from catalog.catalog import Catalog
from catalog.rules import LineAction
from decomposition.asking import Asking
from decomposition.contributions import Contributor
from decomposition.decompose import decompose
from decomposition.decomposed import Decomposition
from decomposition.intake import day_of
from decomposition.lines import Line, LineKind, Verdict
from decomposition.order import Order
from tests.unit.decomposition.builders import NOW, a_catalog, an_order, checks, decomposed, technical, value

ORDER = an_order({"L1": {"product": "P"}})


def dated(product: object = None, target: object = None, rule: object = None) -> Catalog:
    """Return a catalog with these dates: of the product, of its technical product, of its own rule."""
    return a_catalog(
        classifications={"C": {"name": "Class"}},
        products={"P": {"name": "Product", "classification": "C", **_dates(product)}},
        technical_products={
            "T": {"name": "Technical", "attributes": {"by": {"type": "text"}}, **_dates(target)},
        },
        decomposition_rules={
            "OWN": {"product": "P", "target": "T", "mappings": {"by": {"constant": "own"}}, **_dates(rule)},
            "CLASS": {"classification": "C", "target": "T", "mappings": {"by": {"constant": "class"}}},
        },
    )


def _dates(dates: object) -> dict[str, object]:
    first, last = dates if isinstance(dates, tuple) else (None, None)
    return {"effective_from": first, "effective_until": last}


def refusal(order: Order, catalog: Catalog) -> Refused:
    found = decompose(order, catalog, now=NOW)
    assert isinstance(found, Refused), found
    return found


def rule_of(found: Decomposition) -> object:
    return value(technical(found)["T@L1"], "by")


@pytest.mark.parametrize("dates", [("2026-11-25", None), (None, "2026-11-26"), ("2026-11-25", "2026-11-26")])
def test_the_first_day_is_included_and_the_last_is_not(dates: object) -> None:
    assert technical(decomposed(ORDER, dated(dates, dates, dates))).keys() == {"T@L1"}


@pytest.mark.parametrize(
    ("dates", "period"),
    [
        (("2026-11-26", None), "from 2026-11-26"),
        ((None, "2026-11-25"), "until 2026-11-25"),
        (("2026-01-01", "2026-02-01"), "from 2026-01-01 until 2026-02-01"),
    ],
)
def test_a_product_out_of_its_dates_is_refused_with_them(dates: object, period: str) -> None:
    (issue,) = refusal(ORDER, dated(dates)).issues
    assert (issue.check, issue.path) == ("not_effective", ("lines", "L1", "product"))
    assert issue.message == f"Line `L1`: `P` (Product) is in force {period}, not on 2026-11-25."


def test_a_technical_product_out_of_its_dates_refuses_what_leads_to_it() -> None:
    (issue,) = refusal(ORDER, dated(target=("2027-01-01", None))).issues
    assert (issue.check, issue.path) == ("not_effective", ("lines", "L1"))
    assert "Rule `OWN` leads to `T` (Technical), which is in force from 2027-01-01, not on 2026-11-25." in issue.message


def test_a_rule_in_force_hides_that_of_its_class() -> None:
    assert rule_of(decomposed(ORDER, dated(rule=("2026-01-01", None)))) == "own"


def test_an_expired_rule_hides_nothing_and_the_trace_says_why() -> None:
    found = decomposed(ORDER, dated(rule=(None, "2026-11-01")))
    assert rule_of(found) == "class"
    assert [(each.rule, each.verdict, each.why) for each in found.trace] == [
        ("CLASS", Verdict.MATCHED, "no condition"),
        ("OWN", Verdict.NOT_EFFECTIVE, "it is in force until 2026-11-01, not on 2026-11-25"),
    ]


def test_the_date_of_the_order_counts_before_that_of_its_acceptance() -> None:
    order = an_order({"L1": {"product": "P"}}, order_date="2026-10-31")
    assert rule_of(decomposed(order, dated(rule=(None, "2026-11-01")))) == "own"
    assert checks(refusal(order, dated(product=("2026-11-01", None)))) == ["not_effective"]


def test_without_a_date_of_the_order_the_day_is_that_of_utc() -> None:
    evening = datetime(2026, 11, 25, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert day_of(ORDER, evening).isoformat() == "2026-11-26"


def test_an_expired_rule_closes_no_ring() -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={"A": {"name": "A"}, "B": {"name": "B"}},
        decomposition_rules={
            "R1": {"product": "P", "target": "A"},
            "R2": {"product": "A", "target": "B"},
            "R3": {"product": "B", "target": "A", "effective_until": "2026-01-01"},
        },
    )
    assert technical(decomposed(ORDER, catalog)).keys() == {"A@L1", "B@L1"}


@pytest.mark.parametrize(
    ("action", "asset", "given"),
    [("add", None, {"x": "here"}), ("amend", None, {}), ("renew", None, {}), ("add", "A-1", {})],
)
def test_a_mapping_for_the_first_fulfillment_says_nothing_later(
    action: str, asset: str | None, given: dict[str, object]
) -> None:
    catalog = a_catalog(
        products={"P": {"name": "P"}},
        technical_products={"T": {"name": "T", "attributes": {"x": {"type": "text"}}}},
        decomposition_rules={
            "R": {
                "product": "P",
                "target": "T",
                "mappings": {"x": {"constant": "here", "first_fulfillment_only": True}},
            }
        },
    )
    line = Line(
        id="L1", kind=LineKind.COMMERCIAL, product="P", quantity=Decimal(1), action=LineAction(action), asset=asset
    )
    contributor = Contributor(catalog, Asking({}), NOW.date())
    found = contributor.contribution(catalog.decomposition_rules[0], line, {"order": None, "source": None})
    assert found is not None
    assert found.values == given


def test_what_a_customer_has_can_be_changed_after_the_technical_product_has_expired() -> None:
    catalog = dated(target=(None, "2026-01-01"))
    line = Line(id="L1", kind=LineKind.COMMERCIAL, product="P", quantity=Decimal(1), action=LineAction.CANCEL)
    asking = Asking({})
    contributor = Contributor(catalog, asking, NOW.date())
    own = next(each for each in catalog.decomposition_rules if each.code == "OWN")
    assert contributor.contribution(own, line, {"order": None, "source": None}) is not None
    assert asking.issues == []
