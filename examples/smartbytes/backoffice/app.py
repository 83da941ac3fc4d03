"""The back office as an ASGI application: routes in, JSON out."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.smartbytes.backoffice.faults import Fault
from examples.smartbytes.backoffice.ledger import doubled_effects, net_effects
from examples.smartbytes.backoffice.office import Office, Settings
from examples.smartbytes.backoffice.replies import Reply, failure, invalid, malformed
from examples.smartbytes.backoffice.requests import Problem, Stocked, Text, Wire
from examples.smartbytes.backoffice.systems import OPERATIONS, SYSTEMS, Operation, find


class Stock(Wire):
    """How many of a product there are from now on."""

    product: Text
    quantity: Stocked


class Account(Wire):
    """Whether the payments of an account are declined from now on."""

    account: Text
    blocked: bool


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Starlette]:
    """Open a back office and give its ASGI application; take up pending deliveries, and close everything in the end.

    The open `Office` is `application.state.office`. The application needs no lifespan events.

    Raises:
        OtherFormat: the database was written by another version.
        sqlite3.Error: the database cannot be opened.
    """
    office = Office(settings)
    try:
        office.courier.resume()
        yield application(office)
    finally:
        await office.close()


def application(office: Office) -> Starlette:
    """Return the ASGI application of an open office."""
    routes = [
        Route("/health", _health),
        Route("/faults", _add_fault, methods=["POST"]),
        Route("/faults", _list_faults),
        Route("/faults", _clear_faults, methods=["DELETE"]),
        Route("/ledger", _ledger),
        Route("/ledger/doubled", _doubled),
        Route("/ledger/net", _net),
        Route("/calls", _calls),
        Route("/deliveries", _deliveries),
        Route("/stock", _set_stock, methods=["POST"]),
        Route("/stock", _stock),
        Route("/accounts", _set_account, methods=["POST"]),
        Route("/{system}/{operation}/lookup", _look_up),
        Route("/{system}/{operation}", _ask, methods=["POST"]),
    ]
    handlers = {HTTPException: _http_error, ClientDisconnect: _gone, Exception: _internal_error}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.state.office = office
    return app


async def _ask(request: Request) -> Response:
    operation = _operation_in(request)
    if isinstance(operation, Reply):
        return operation.response()
    key, authorization = request.headers.get("Idempotency-Key"), request.headers.get("Authorization", "")
    return (await _office(request).ask(operation, key, await request.body(), authorization)).response()


async def _look_up(request: Request) -> Response:
    operation = _operation_in(request)
    if isinstance(operation, Reply):
        return operation.response()
    key = request.query_params.get("key")
    if not key:
        return malformed([Problem(field="key", problem="name the idempotency key to look up: `?key=…`")]).response()
    return (await _office(request).look_up(operation, key, request.headers.get("Authorization", ""))).response()


def _operation_in(request: Request) -> Operation | Reply:
    system, name = request.path_params["system"], request.path_params["operation"]
    if operation := find(system, name):
        return operation
    known = [f"{each.system}/{each.name}" for each in OPERATIONS]
    near = difflib.get_close_matches(f"{system}/{name}", known, 1)
    hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}."
    return failure(404, "UNKNOWN_OPERATION", f"There is no operation `{system}/{name}`. {hint}")


async def _health(request: Request) -> Response:
    pending = len(_office(request).deliveries.pending())
    return JSONResponse({"status": "ok", "systems": SYSTEMS, "pending_deliveries": pending})


async def _add_fault(request: Request) -> Response:
    try:
        fault = Fault.model_validate_json(await request.body())
    except ValidationError as error:
        return invalid(error).response()
    return JSONResponse(_office(request).faults.add(fault).model_dump(mode="json"), 201)


async def _list_faults(request: Request) -> Response:
    return _listed("faults", _office(request).faults.active())


async def _clear_faults(request: Request) -> Response:
    return JSONResponse({"cleared": _office(request).faults.clear()})


async def _ledger(request: Request) -> Response:
    return _listed("entries", _office(request).books.ledger(_order(request)))


async def _doubled(request: Request) -> Response:
    return _listed("doubled", doubled_effects(_office(request).books.ledger(_order(request))))


async def _net(request: Request) -> Response:
    return _listed("net", net_effects(_office(request).books.ledger(_order(request))))


async def _calls(request: Request) -> Response:
    return _listed("calls", _office(request).journal.calls(_order(request)))


async def _deliveries(request: Request) -> Response:
    return _listed("deliveries", _office(request).deliveries.of_order(_order(request)))


async def _set_stock(request: Request) -> Response:
    try:
        stock = Stock.model_validate_json(await request.body())
    except ValidationError as error:
        return invalid(error).response()
    _office(request).books.set_stock(stock.product, stock.quantity)
    return JSONResponse(stock.model_dump(mode="json"))


async def _stock(request: Request) -> Response:
    product = request.query_params.get("product")
    if not product:
        return malformed([Problem(field="product", problem="name the product: `?product=…`")]).response()
    return JSONResponse({"product": product, "quantity": format(_office(request).books.stock(product), "f")})


async def _set_account(request: Request) -> Response:
    try:
        account = Account.model_validate_json(await request.body())
    except ValidationError as error:
        return invalid(error).response()
    _office(request).books.set_blocked(account.account, account.blocked)
    return JSONResponse(account.model_dump(mode="json"))


def _office(request: Request) -> Office:
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


def _order(request: Request) -> str | None:
    return request.query_params.get("order")


def _listed(name: str, items: Sequence[BaseModel]) -> Response:
    return JSONResponse({name: [each.model_dump(mode="json") for each in items]})


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "HTTP_ERROR")
    reply = failure(error.status_code, code, f"`{request.method} {request.url.path}`: {error.detail}.")
    return JSONResponse(dict(reply.body), error.status_code, error.headers)


async def _gone(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the signature is Starlette's
    # Who asked died before its request was whole: nothing happened, and nobody hears the answer.
    return Response(status_code=400)


async def _internal_error(request: Request, error: Exception) -> Response:
    message = f"`{request.method} {request.url.path}` failed inside the back office: {type(error).__name__}."
    return failure(500, "INTERNAL", message).response()
