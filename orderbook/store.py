"""The order book as one object: intake, publishing, execution, reading and counting over one database."""

from __future__ import annotations

from orderbook.accepted import AcceptedOrders
from orderbook.asset_reading import AssetReading
from orderbook.assignments import Assignments
from orderbook.at_risk import Lateness
from orderbook.claiming import AssetClaims
from orderbook.claims import Claims
from orderbook.deliveries import Deliveries
from orderbook.feed import Feed
from orderbook.figures import Counting
from orderbook.history import History
from orderbook.jeopardy import Jeopardies
from orderbook.notices import Notices
from orderbook.publications import Publications
from orderbook.reading import Reading
from orderbook.strays import Strays
from orderbook.switches import Switches
from orderbook.system_figures import SystemCounting
from orderbook.versions import Versions


class OrderBook(
    Deliveries,
    AssetClaims,
    AssetReading,
    Publications,
    Versions,
    Claims,
    Assignments,
    Switches,
    Notices,
    Strays,
    Jeopardies,
    Reading,
    AcceptedOrders,
    Feed,
    History,
    Lateness,
    Counting,
    SystemCounting,
):
    """The order book at a URL: any thread may call it, each call is one transaction.

    Nothing connects before the first call. Every call raises `BookUnreachable` where the database does not answer or
    stays locked longer than `busy_timeout`, and `BookNotMigrated` where its tables are missing, older or newer.
    """
