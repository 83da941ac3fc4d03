"""The order book as one object: intake, execution and reading over one database."""

from __future__ import annotations

from orderbook.execution import Execution
from orderbook.intake import Intake
from orderbook.reading import Reading


class OrderBook(Intake, Execution, Reading):
    """The order book at a URL: any thread may call it, each call is one transaction.

    Nothing connects before the first call. Every call raises `BookUnreachable` where the database does not answer or
    stays locked longer than `busy_timeout`, and `BookNotMigrated` where its tables are missing or older.
    """
