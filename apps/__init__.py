"""The services of the shop, one folder each; the same file name means the same thing in all of them."""
