"""The instruments that users owns."""

from prometheus_client import Counter

registered = Counter("shop_users_registered", "Users registered.")
removed = Counter("shop_users_removed", "Users removed.")
