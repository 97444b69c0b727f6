"""A plan is reproducible, open-loop and never asks for what was not created."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from statistics import mean, pstdev

import pytest

from proof.traffic.planned import CREATED, PlannedRequest
from stackctl.shop_scenarios import KINDS
from stackctl.shop_scenarios.catalogue import Catalogue, Product, User
from stackctl.shop_scenarios.clients import CUSTOMERS, SIGNED_IN
from stackctl.shop_scenarios.plan import arrivals, make_plan
from stackctl.shop_scenarios.profiles import PROFILES
from stackctl.shop_scenarios.recipes import RECIPES

CATALOGUE = Catalogue(
    users=tuple(User(f"user-{n}", f"{n}@example.com", f"User {n}") for n in range(5)),
    products=tuple(Product(f"product-{n}", f"Product {n}", "books", 100 + n) for n in range(7)),
)


def plan(
    seed: int = 1, run_id: str = "run-a", profile: str = "mixed", rate: float = 50
) -> list[PlannedRequest]:
    return make_plan(profile, rate, 60, seed, run_id, CATALOGUE)


def without_ids(planned: PlannedRequest, run_id: str) -> PlannedRequest:
    body = planned.body.replace(run_id, "") if planned.body else None
    return replace(planned, trace_id=0, request_id="", body=body)


def test_the_same_seed_and_run_give_the_same_plan() -> None:
    assert plan() == plan()


def test_another_seed_gives_another_plan() -> None:
    assert [one.kind for one in plan(seed=1)] != [one.kind for one in plan(seed=2)]


def test_another_run_of_a_seed_sends_the_same_requests_under_ids_of_its_own() -> None:
    first, second = plan(run_id="run-a"), plan(run_id="run-b")
    assert [without_ids(one, "run-a") for one in first] == [without_ids(one, "run-b") for one in second]
    assert not {one.trace_id for one in first} & {one.trace_id for one in second}
    assert not {one.request_id for one in first} & {one.request_id for one in second}


def test_trace_ids_differ_within_a_run() -> None:
    assert len({one.trace_id for one in plan()}) == 3000


def test_rate_and_duration_give_exactly_their_product_of_arrivals_in_order() -> None:
    times = arrivals(50, 60, Random(1))
    assert len(times) == 3000
    assert times == sorted(times)
    assert times[0] >= 0 and times[-1] <= 60


def test_arrivals_are_a_poisson_process() -> None:
    times = arrivals(200, 100, Random(1))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert mean(gaps) == pytest.approx(1 / 200, rel=0.01)
    assert pstdev(gaps) / mean(gaps) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_kind_of_a_profile_has_an_expectation_and_a_recipe(profile: str) -> None:
    assert set(PROFILES[profile]) <= set(KINDS) == set(RECIPES)


def test_the_mixed_profile_has_every_kind() -> None:
    assert set(PROFILES["mixed"]) == set(KINDS)
    assert {one.kind for one in plan()} == set(KINDS)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_a_request_needs_is_created_a_second_before_it(profile: str) -> None:
    requests = plan(profile=profile)
    for one in requests:
        if one.needs is not None:
            creator = requests[one.needs]
            assert creator.kind == RECIPES[one.kind].needs
            assert creator.offset + 1 <= one.offset


def test_what_is_changed_or_deleted_is_changed_once() -> None:
    claimed = [one.needs for one in plan(profile="orders") if RECIPES[one.kind].claims]
    assert len(claimed) == len(set(claimed)) > 50


def test_a_path_names_a_created_id_only_when_the_request_needs_one() -> None:
    for one in plan():
        assert (CREATED in one.path + (one.body or "")) == (one.needs is not None)


def test_the_created_id_takes_its_place_in_the_path() -> None:
    wanted = next(one for one in plan() if one.kind == "order_deliver_too_early")
    assert wanted.needs is not None
    expected = ("order_deliver_too_early", "/orders/abc", wanted.body)
    assert wanted.resolved({wanted.needs: "abc"}) == expected


def test_a_request_whose_creation_failed_asks_for_an_unknown_id_instead() -> None:
    wanted = next(one for one in plan() if one.kind == "user_delete")
    kind, path, body = wanted.resolved({})
    assert (kind, body) == ("user_get_unknown", None)
    assert path.startswith("/users/") and CREATED not in path


def test_an_order_is_read_by_who_has_placed_it_and_by_another_customer() -> None:
    requests = plan()
    for one in requests:
        if one.kind in ("order_get", "order_get_foreign"):
            assert one.needs is not None and one.client in CUSTOMERS
            assert (requests[one.needs].client == one.client) == (one.kind == "order_get")


def test_nobody_signs_in_more_often_than_the_gateway_lets_an_address_try() -> None:
    times = [one.offset for one in plan(rate=500) if one.path == "/auth/token"]
    assert len(times) > 5
    assert min(later - earlier for earlier, later in pairwise(times)) >= 5


@pytest.mark.parametrize("profile", PROFILES)
def test_everybody_signs_in_again_before_their_token_expires(profile: str) -> None:
    """A token lasts 15 minutes."""
    requests = make_plan(profile, 2, 3600, 1, "run-a", CATALOGUE)
    for client in SIGNED_IN:
        logins = [one.offset for one in requests if one.kind == "login" and one.client == client]
        assert max(later - earlier for earlier, later in pairwise([0, *logins, 3600])) < 600
