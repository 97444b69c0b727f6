"""The instruments that orders owns."""

from prometheus_client import Counter, Histogram

reached = Counter(
    "shop_orders", "Orders that reached a status; PENDING counts the orders placed.", ["status"]
)
refused = Counter(
    "shop_orders_refused", "Orders that could not be placed, by the code of the error.", ["reason"]
)
value = Histogram(
    "shop_order_value_cents",
    "Total of an order when it was placed, in cents.",
    buckets=(1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000),
)
