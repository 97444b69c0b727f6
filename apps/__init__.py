"""The services of the shop, one folder each, all with the same files."""
