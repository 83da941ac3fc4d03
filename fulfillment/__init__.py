"""The run of a plan, sans I/O: events in, effects out. Temporal, a test or a simulation may drive it."""
