"""SmartBytes' back office: nine systems behind one small HTTP service, with faults on demand and a ledger."""
