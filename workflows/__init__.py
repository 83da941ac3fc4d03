"""Turns Temporal's happenings into events of the run, and the run's effects into activities and timers."""
