"""A canary that its traffic cannot decide is refused at once, with numbers that would do."""

import math

import pytest

from stackctl.deploy.analysis import Limits
from stackctl.deploy.feasibility import require_enough
from stackctl.errors import StackError
from stackctl.shop_scenarios.profiles import requests_to


def nothing() -> float:
    return 0.0


def test_thirty_requests_per_second_of_all_kinds_do_not_decide_ten_percent() -> None:
    with pytest.raises(StackError, match=r"and 200 are needed") as refusal:
        require_enough("products", 30, "mixed", Limits(), nothing)

    hint = str(refusal.value.hint)
    options = dict(option.split() for option in hint.partition(": ")[2].replace("--", "").split(", "))
    assert options.keys() == {"traffic", "requests", "weight"}
    require_enough("products", float(options["traffic"]), "mixed", Limits(), nothing)
    require_enough("products", 30, "mixed", Limits(least_requests=int(options["requests"])), nothing)
    require_enough("products", 30, "mixed", Limits(shares=(float(options["weight"]), 50)), nothing)


def test_traffic_that_is_there_already_counts_too() -> None:
    require_enough("products", 30, "mixed", Limits(), lambda: 10.0)


def test_without_traffic_of_its_own_it_may_still_be_beginning() -> None:
    seen = iter((1.0, 8.0, 30.0))
    require_enough("products", None, "mixed", Limits(), lambda: next(seen))


def test_where_nobody_sends_anything_it_is_too_early_to_say() -> None:
    require_enough("products", 0, "mixed", Limits(), nothing)


def test_the_smaller_side_decides() -> None:
    """At 90 percent it is the old version that gets too few."""
    with pytest.raises(StackError, match="10% of them"):
        require_enough("products", 30, "mixed", Limits(shares=(90,)), nothing)


def test_an_unknown_mix_is_named() -> None:
    with pytest.raises(StackError, match="no profile strange"):
        require_enough("products", 30, "strange", Limits(), nothing)


def test_a_mix_says_how_often_a_service_is_asked() -> None:
    assert math.isclose(requests_to("products", "browse"), 0.77)
    assert 0.2 < requests_to("products", "mixed") < 0.6
