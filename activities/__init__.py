"""The tasks that touch the world: calls to systems, and what the order book is told."""
