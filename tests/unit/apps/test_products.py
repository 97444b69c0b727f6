"""The products service through its HTTP interface."""

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

BODY = {"name": "Compass", "category": "outdoor", "price_cents": 2650, "description": "With declination."}


def add(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/products", json=BODY | changes)
    assert answer.status_code == 201, answer.get_json()
    product: dict[str, Any] = answer.get_json()
    return product


def names(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/products?{query}")
    assert answer.status_code == 200, answer.get_json()
    return [product["name"] for product in answer.get_json()["items"]]


def test_an_added_product_is_found_where_the_answer_says(products_client: FlaskClient) -> None:
    answer = products_client.post("/products", json=BODY)
    assert answer.status_code == 201
    assert list(answer.get_json()) == ["id", "name", "category", "price_cents", "description", "created_at"]
    assert products_client.get(answer.headers["Location"]).get_json() == answer.get_json()


def test_a_product_needs_no_description(products_client: FlaskClient) -> None:
    answer = products_client.post("/products", json={"name": "Salt", "category": "kitchen", "price_cents": 0})
    assert (answer.status_code, answer.get_json()["description"]) == (201, "")


def test_put_replaces_everything_so_that_what_is_left_out_is_empty(products_client: FlaskClient) -> None:
    product = add(products_client)
    body = {"name": "Map", "category": "books", "price_cents": 990}
    answer = products_client.put(f"/products/{product['id']}", json=body)
    assert (answer.status_code, answer.get_json()) == (200, product | body | {"description": ""})


def test_patch_changes_only_what_is_given(products_client: FlaskClient) -> None:
    product = add(products_client)
    answer = products_client.patch(f"/products/{product['id']}", json={"price_cents": 1})
    assert (answer.status_code, answer.get_json()) == (200, product | {"price_cents": 1})


def test_a_removed_product_is_gone_for_every_method(products_client: FlaskClient) -> None:
    path = f"/products/{add(products_client)['id']}"
    assert products_client.delete(path).status_code == 204
    answers = [
        products_client.get(path),
        products_client.put(path, json=BODY),
        products_client.patch(path, json={"price_cents": 1}),
        products_client.delete(path),
    ]
    expected = [(404, "product_not_found")] * 4
    assert [(answer.status_code, answer.get_json()["error"]["code"]) for answer in answers] == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price_asc", ["Cheap", "Middle", "Dear"]),
        ("price_desc", ["Dear", "Middle", "Cheap"]),
        ("name_asc", ["Cheap", "Dear", "Middle"]),
        ("name_desc", ["Middle", "Dear", "Cheap"]),
        ("newest", ["Cheap", "Dear", "Middle"]),
    ],
)
def test_products_come_in_the_order_asked_for(
    products_client: FlaskClient, sort: str, expected: list[str]
) -> None:
    for name, price_cents in [("Middle", 200), ("Dear", 300), ("Cheap", 100)]:
        add(products_client, name=name, price_cents=price_cents)
    assert names(products_client, f"sort={sort}") == expected


def test_names_are_in_the_order_of_their_characters_whatever_the_database(
    products_client: FlaskClient,
) -> None:
    ordered = ["10 Nails", "9 Nails", "Zebra", "a b", "a-b", "apple", "äpple"]
    for name in reversed(ordered):
        add(products_client, name=name)
    assert names(products_client, "sort=name_asc") == ordered


@pytest.mark.parametrize("sort", ["price_asc", "price_desc", "name_asc", "name_desc"])
def test_equal_products_are_each_on_one_page_because_ids_decide(
    products_client: FlaskClient, sort: str
) -> None:
    ids = {add(products_client)["id"] for _ in range(7)}
    pages = [
        products_client.get(f"/products?sort={sort}&page={page}&limit=2").get_json() for page in (1, 2, 3, 4)
    ]
    found = [product["id"] for page in pages for product in page["items"]]
    assert (found, pages[0]["total"]) == (sorted(ids), 7)


def test_a_category_narrows_the_list_and_its_total(products_client: FlaskClient) -> None:
    add(products_client, name="Mill", category="kitchen")
    add(products_client, name="Torch", category="outdoor")
    answer = products_client.get("/products?category=kitchen")
    assert ([product["name"] for product in answer.get_json()["items"]], answer.get_json()["total"]) == (
        ["Mill"],
        1,
    )


def test_a_category_without_products_is_an_empty_list(products_client: FlaskClient) -> None:
    assert products_client.get("/products?category=toys").get_json()["items"] == []


def test_ids_narrow_the_list_to_those_that_exist(products_client: FlaskClient) -> None:
    wanted = [add(products_client, name=name)["id"] for name in ("A", "B")]
    add(products_client, name="C")
    ids = ",".join([*wanted, str(uuid4()), "no-uuid"])
    assert names(products_client, f"ids={ids}&sort=name_asc") == ["A", "B"]


def test_ids_and_category_narrow_together(products_client: FlaskClient) -> None:
    product = add(products_client, category="kitchen")
    assert names(products_client, f"ids={product['id']}&category=outdoor") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=cheapest", "sort"),
        ("category=No%20Category", "category"),
        ("category=", "category"),
        ("ids=", "ids"),
        ("ids=a,,b", "ids"),
        ("ids=a%00b", "ids"),
        ("ids=" + ",".join(["a"] * 101), "ids"),
        ("price=1", "price"),
        ("limit=1000", "limit"),
    ],
)
def test_a_search_that_cannot_be_is_refused(products_client: FlaskClient, query: str, field: str) -> None:
    answer = products_client.get(f"/products?{query}")
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": 19.99}, "price_cents"),
        ({"price_cents": "1999"}, "price_cents"),
        ({"price_cents": True}, "price_cents"),
        ({"price_cents": 10**30}, "price_cents"),
        ({"price_cents": None}, "price_cents"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"category": "Kitchen Things"}, "category"),
        ({"description": "a\x00b"}, "description"),
        ({"description": None}, "description"),
        ({"colour": "red"}, "colour"),
        ({"id": "chosen"}, "id"),
    ],
)
def test_a_product_that_cannot_be_is_refused_by_post_put_and_patch(
    products_client: FlaskClient, changes: dict[str, Any], field: str
) -> None:
    product = add(products_client)
    path = f"/products/{product['id']}"
    answers = [
        products_client.post("/products", json=BODY | changes),
        products_client.put(path, json=BODY | changes),
        products_client.patch(path, json=changes),
    ]
    assert [(answer.status_code, list(answer.get_json()["error"]["fields"])) for answer in answers] == [
        (422, [field])
    ] * 3
    assert products_client.get(path).get_json() == product


def test_an_empty_patch_is_refused(products_client: FlaskClient) -> None:
    answer = products_client.patch(f"/products/{add(products_client)['id']}", json={})
    expected = {"body": "Give at least one of: name, category, price_cents, description."}
    assert (answer.status_code, answer.get_json()["error"]["fields"]) == (422, expected)
