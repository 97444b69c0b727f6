"""Logs: one JSON line per record, whichever library logs."""
