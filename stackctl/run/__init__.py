"""The stack as local processes: what each component is, starting, watching and stopping them."""
