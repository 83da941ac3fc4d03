"""What is written: the order book, the catalog in use, the environment and the credentials that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.base import Issue, Refused, Severity
from catalog.catalog import Catalog
from catalog.environment import Environment
from catalog.environment_checks import missing_system
from orderbook.errors import BookNotMigrated, BookUnreachable
from orderbook.store import OrderBook
from orderbook.tables import REVISION
from service.catalogs import CatalogInUse, LoadedEnvironment, is_example, refusal
from service.doctor.finding import Finding, listed, unwell, well
from service.setting_values import without_password
from service.settings import Settings
from service.tokens import FILE, kept_tokens, variables


def order_book(book: OrderBook) -> Finding:
    """Return whether the order book answers and has the tables of this program."""
    name, where = "Order book", without_password(book.url)
    try:
        book.ping()
    except BookNotMigrated as error:
        return unwell(name, f"{where} has not the tables of this program", str(error))
    except BookUnreachable as error:
        hint = "Check that it runs, and the setting `database` with `dro settings`."
        return unwell(name, f"{where} cannot be reached: {error.why}", hint)
    return well(name, f"{where}, migration `{REVISION}`")


def catalog(use: CatalogInUse | Refused) -> Finding:
    """Return whether there is a catalog to plan on, without errors."""
    if isinstance(use, Refused):
        step = "`dro catalog lint` shows all." if len(use.issues) > 1 else use.issues[0].hint
        return unwell("Catalog", _first(use.issues), step or "`dro catalog lint` shows where.")
    size = f"{len(use.catalog.products)} products, {len(use.catalog.step_groups)} step groups"
    return well("Catalog", f"`{use.version}`: {size}")


def environment(loaded: LoadedEnvironment, catalogs: Iterable[Catalog]) -> Finding:
    """Return whether the environment can be used, and has every system that these catalogs call."""
    issues = refusal(loaded.issues).issues
    if loaded.environment is not None:
        lacking = (issue for each in catalogs for issue in missing_system(loaded.environment, each))
        known = {each.message for each in issues}
        issues += tuple({each.message: each for each in lacking if each.message not in known}.values())
    if loaded.environment is None or issues:
        return unwell("Environment", _first(issues), f"Correct the files in `{loaded.where}`.")
    systems = f"`{loaded.where}`: {len(loaded.environment.systems)} systems"
    warnings = tuple(each for each in loaded.issues if each.severity is Severity.WARNING)
    return well("Environment", systems, _first(warnings) if warnings else "")


def credentials(environment: Environment, settings: Settings, environ: Mapping[str, str], own_stack: bool) -> Finding:
    """Return whether every variable that the environment names has a value here, or gets one from `dro up`."""
    named = variables(environment)
    missing = tuple(each for each in named if not environ.get(each))
    if not missing:
        return well("Credentials", f"{listed(named)} set" if named else "the environment names none")
    kept = kept_tokens(settings.home) if own_stack else {}
    lacking = tuple(each for each in missing if each not in kept)
    if own_stack and (not lacking or is_example(settings)):
        return well("Credentials", f"`dro up` provides {listed(missing)} from `{settings.home / FILE}`")
    users = {each: _users(environment, each) for each in lacking}
    what = "; ".join(f"`{each}` is not set, for {listed(users[each])}" for each in lacking)
    return unwell("Credentials", what, "Set it, to the token that was agreed with the system, wherever workers run.")


def _users(environment: Environment, variable: str) -> tuple[str, ...]:
    return tuple(each.name for each in environment.systems if variable in (each.credentials, each.callback_credentials))


def _first(issues: tuple[Issue, ...]) -> str:
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return f"{issues[0]}{more}"
