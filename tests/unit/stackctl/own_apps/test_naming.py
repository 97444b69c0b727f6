import pytest

from stackctl.errors import StackError
from stackctl.own_apps.naming import require_free, service_name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python billing.py", "billing"),
        ("/usr/bin/python3.12 -u src/billing.py --port 1", "billing"),
        ("python -m billing.web", "billing.web"),
        ("python -m gunicorn -w 2 billing:create_app()", "billing"),
        ("python -c pass", "python"),
        ("gunicorn -w 4 shop.billing:app", "billing"),
        ("gunicorn -c conf.py", "gunicorn"),
        ("flask --app billing run --debug", "billing"),
        ("flask run", "flask"),
        ("./my server", "my"),
        ("...", "app"),
    ],
)
def test_a_program_is_called_by_its_file(command: str, name: str) -> None:
    assert service_name(command.split()) == name


@pytest.mark.parametrize("name", ["users", "users-2", "users-v2", "a b", "", "-x", "x" * 64, "../x"])
def test_a_name_that_is_taken_or_impossible_is_refused(name: str) -> None:
    with pytest.raises(StackError):
        require_free(name, {"users"})


def test_other_names_are_free() -> None:
    require_free("users-admin", {"users"})
