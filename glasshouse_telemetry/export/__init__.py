"""Export: spans wait in a bounded queue, and one thread delivers them."""
