"""What the package offers."""

import chassis.events


def test_the_public_names_are_sorted_and_exist() -> None:
    names = chassis.events.__all__
    assert names == sorted(names)
    assert [name for name in names if not hasattr(chassis.events, name)] == []
