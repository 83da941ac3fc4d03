"""The order book: what people look at, in SQL; rows never leave this room (`design.md` §2)."""
