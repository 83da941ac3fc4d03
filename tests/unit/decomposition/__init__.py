"""Tests of the room `decomposition`."""
