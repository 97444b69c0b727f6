"""The fast path: the same signals as the plain path, at a lower price."""
