"""However many want the same units at once, on either database: none is promised twice, none is lost."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

from apps.inventory.inventory import Inventory
from apps.inventory.stock import OutOfStock, ReservationEnded, ReservationNotFound, Status, StockLevel
from chassis.errors import DomainError
from stackctl.paths import ROOT

THREADS = 8
PROCESSES = 3
ORDERS_EACH = 40


def outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except DomainError as error:
        return error.code
    return "done"


def at_once(work: Iterable[Callable[[], object]]) -> Counter[str]:
    """How often each outcome came."""
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(outcome, work))


def test_of_many_threads_as_many_get_a_unit_as_there_are(inventory: Inventory) -> None:
    inventory.set_available("scarce", 20)
    orders = [partial(inventory.reserve, f"order-{number}", {"scarce": 1}) for number in range(64)]
    assert at_once(orders) == {"done": 20, OutOfStock.code: 44}
    assert inventory.levels(["scarce"]) == [StockLevel("scarce", 0, 20, 0)]


def test_of_many_processes_as_many_get_a_unit_as_there_are(inventory: Inventory, database_url: str) -> None:
    inventory.set_available("scarce", 50)
    program = [sys.executable, "-m", "tests.integration.inventory.rush", database_url]
    rushes = [
        subprocess.Popen(
            [*program, f"process-{number}", str(ORDERS_EACH)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for number in range(PROCESSES)
    ]
    answers = [rush.communicate(timeout=60)[0].splitlines()[-1].split() for rush in rushes]
    reserved, refused = (sum(int(answer[place]) for answer in answers) for place in (0, 1))
    assert (reserved, refused) == (50, PROCESSES * ORDERS_EACH - 50)
    assert inventory.levels(["scarce"]) == [StockLevel("scarce", 0, 50, 0)]


def test_orders_for_the_same_products_in_any_order_never_wait_for_each_other(inventory: Inventory) -> None:
    random, products = Random(7), [f"product-{n}" for n in range(5)]
    for product in products:
        inventory.set_available(product, 1_000)

    def order(number: int) -> Callable[[], object]:
        items = {product: random.randint(1, 3) for product in random.sample(products, 4)}
        wanted[number] = items
        return partial(inventory.reserve, f"order-{number}", items)

    wanted: dict[int, dict[str, int]] = {}
    assert at_once([order(number) for number in range(80)]) == {"done": 80}
    taken = [sum(items.get(product, 0) for items in wanted.values()) for product in products]
    assert [(level.available, level.reserved) for level in inventory.levels(products)] == [
        (1_000 - units, units) for units in taken
    ]


def test_one_order_that_asks_many_times_at_once_gets_it_once(inventory: Inventory) -> None:
    inventory.set_available("compass", 100)
    assert at_once([partial(inventory.reserve, "order-1", {"compass": 3})] * 32) == {"done": 32}
    assert inventory.levels(["compass"]) == [StockLevel("compass", 97, 3, 0)]


def test_one_order_that_is_released_many_times_at_once_gives_back_once(inventory: Inventory) -> None:
    inventory.set_available("compass", 100)
    for number in range(8):
        order_id = f"order-{number}"
        inventory.reserve(order_id, {"compass": 3})
        if number % 2:
            inventory.confirm(order_id)
        assert at_once([partial(inventory.release, order_id)] * 8) == {"done": 8}
    assert inventory.levels(["compass"]) == [StockLevel("compass", 100, 0, 0)]


def test_everything_about_the_same_orders_at_once_leaves_stock_and_reservations_in_agreement(
    inventory: Inventory,
) -> None:
    products = ["compass", "hammock"]
    for product in products:
        inventory.set_available(product, 30)
    orders = [f"order-{number}" for number in range(12)]
    items = {"compass": 2, "hammock": 3}
    work: list[Callable[[], object]] = [
        action
        for order_id in orders
        for action in (
            partial(inventory.reserve, order_id, items),
            partial(inventory.confirm, order_id),
            partial(inventory.release, order_id),
            partial(inventory.reserve, order_id, items),
        )
    ]
    Random(3).shuffle(work)
    known = {"done", OutOfStock.code, ReservationEnded.code, ReservationNotFound.code}
    assert set(at_once(work)) <= known
    held = Counter(inventory.get(order_id).status for order_id in orders)
    for level, units in zip(inventory.levels(products), items.values(), strict=True):
        assert level.reserved == held[Status.RESERVED] * units
        assert level.sold == held[Status.CONFIRMED] * units
        assert level.available == 30 - level.reserved - level.sold


def test_a_level_that_is_set_while_others_reserve_loses_nothing(inventory: Inventory) -> None:
    inventory.set_available("compass", 10)
    work: list[Callable[[], object]] = []
    for number in range(30):
        work.append(partial(inventory.reserve, f"order-{number}", {"compass": 1}))
        work.append(partial(inventory.set_available, "compass", 100))
    assert set(at_once(work)) <= {"done", OutOfStock.code}
    (level,) = inventory.levels(["compass"])
    reserved = sum(inventory.get(f"order-{number}").status is Status.RESERVED for number in range(30))
    assert level.reserved == reserved
    assert 0 <= level.available <= 100
