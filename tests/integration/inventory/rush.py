"""A process that reserves as fast as it can: `python -m tests.integration.inventory.rush URL PREFIX ORDERS`.

It says how many of its orders, of one unit of `scarce` each, were reserved and how many were refused.
"""

import sys

from apps.inventory.inventory import Inventory
from apps.inventory.repository import InventoryRepository
from apps.inventory.stock import OutOfStock
from chassis.database import Database
from chassis.unit_of_work import UnitOfWork


def main(url: str, prefix: str, orders: int) -> None:
    inventory = Inventory(InventoryRepository(UnitOfWork(Database(url))))
    refused = 0
    for number in range(orders):
        try:
            inventory.reserve(f"{prefix}-{number}", {"scarce": 1})
        except OutOfStock:
            refused += 1
    sys.stdout.write(f"{orders - refused} {refused}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
