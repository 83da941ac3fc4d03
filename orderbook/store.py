"""The order book as one object: intake, execution, reading and counting over one database."""

from __future__ import annotations

from orderbook.execution import Execution
from orderbook.figures import Counting
from orderbook.intake import Intake
from orderbook.reading import Reading


class OrderBook(Intake, Execution, Reading, Counting):
    """The order book at a URL: any thread may call it, each call is one transaction.

    Nothing connects before the first call. Every call raises `BookUnreachable` where the database does not answer or
    stays locked longer than `busy_timeout`, and `BookNotMigrated` where its tables are missing, older or newer.
    """
