"""What can be wrong with the order book itself; a refusal of its content is a value, not one of these."""

from __future__ import annotations


class BookError(Exception):
    """The order book does not do what was asked."""


class BookUnreachable(BookError):
    """The database does not answer, or is locked by somebody for too long; the same call may work later."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"The order book at `{url}` cannot be reached: {why}. "
            "Check that it runs, and the setting `database` with `dro settings`."
        )
        self.url = url
        self.why = why


class BookNotMigrated(BookError):
    """The database has not the tables that this version reads and writes: it is older, or made by a newer one."""

    def __init__(self, found: str | None, expected: str) -> None:
        stands = f"is at migration `{found}`" if found else "has no tables"
        # Migrations count up in four digits, and there is no way back to an earlier one.
        is_newer = found is not None and found > expected
        hint = "Run the version that made it, or a newer one." if is_newer else "Run `dro migrate`."
        super().__init__(f"The order book {stands}, this version needs `{expected}`. {hint}")
        self.found = found
        self.expected = expected


class LabelTaken(BookError):
    """The label names another catalog version already."""

    def __init__(self, label: str, digest: str) -> None:
        super().__init__(f"Label `{label}` names catalog version `{digest[:12]}` already. Choose another label.")
        self.label = label
        self.digest = digest
