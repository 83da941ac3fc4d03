"""Looks at every part that an order needs and says, for each that is not well, what to do next."""
