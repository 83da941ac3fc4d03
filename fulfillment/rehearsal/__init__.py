"""Rehearsal: an order is run against systems that answer by a script, on a clock that jumps (`domain.md` C12)."""
