"""Programs that measure what the orchestrator costs; `README.md` here has their commands and figures."""
