"""What a run was: its header, one row per request, and where every counter stood before it."""
