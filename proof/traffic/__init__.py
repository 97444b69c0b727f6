"""Traffic: an open-loop load whose every request is known by its trace id and written to the ledger."""
