"""What a stack is told: instances, versions, addresses, passwords and the options chosen with `up`."""
