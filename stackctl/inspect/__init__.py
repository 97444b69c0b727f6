"""Looking at a stack: its status, logs, traces and dead letters, and what this machine lacks for it."""
