"""The instruments that products owns."""

from prometheus_client import Counter

added = Counter("shop_products_added", "Products added to the catalogue.")
removed = Counter("shop_products_removed", "Products removed from the catalogue.")
