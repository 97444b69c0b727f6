"""The stack in containers: driving docker compose from outside, and small programs that run inside."""
