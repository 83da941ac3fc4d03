"""A Temporal server that nobody has set up for us: the first worker does it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from service.server_program import SEARCH_ATTRIBUTES, find_program, free_ports, surroundings
from service.settings import load
from service.temporal import register_search_attributes

pytestmark = pytest.mark.server


async def test_search_attributes_are_registered_on_a_bare_server_and_twice_is_harmless(tmp_path: Path) -> None:
    settings = load({"home": str(tmp_path)}, {})
    port = str(free_ports(1)[0])
    arguments = ("server", "start-dev", "--headless", "--port", port, "--log-level", "error")
    server = await asyncio.create_subprocess_exec(find_program(settings), *arguments, env=surroundings(tmp_path))
    try:
        client = await connected(f"127.0.0.1:{port}")
        for _ in range(2):
            await register_search_attributes(client)
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
        assert set(known.custom_attributes) >= set(SEARCH_ATTRIBUTES)
    finally:
        server.terminate()
        await server.wait()


async def connected(address: str) -> Client:
    async with asyncio.timeout(20):
        while True:
            try:
                return await Client.connect(address)
            except RuntimeError:
                await asyncio.sleep(0.1)
