"""What the console draws is what the dashboards define, and all of it can be drawn."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

import console
from console import vendor
from console.catalogue_api import definitions, panel
from console.home import PANELS
from dashboards.boards import ALL
from tests.grafana import dashboards as provisioned
from tests.unit.console.conftest import HOST

STATIC = Path(console.__file__).parent / "static"
RUNBOOKS = Path(console.__file__).parent.parent / "docs" / "runbooks"


def test_the_definitions_are_those_that_grafana_is_given() -> None:
    assert definitions() == provisioned()


def test_every_type_of_panel_has_a_module_that_draws_it() -> None:
    used = {each["type"] for dashboard in definitions().values() for each in dashboard["panels"]} - {"row"}
    drawn = {path.stem for path in (STATIC / "js" / "panels").glob("*.js")}

    assert used == drawn


@pytest.mark.parametrize("name", PANELS)
def test_the_home_page_shows_panels_that_exist(name: str) -> None:
    assert panel(*PANELS[name])["targets"]


def test_lists_all_dashboards_in_their_order(client: FlaskClient) -> None:
    listed = client.get("/api/dashboards", base_url=HOST).get_json()

    assert [each["uid"] for each in listed] == [each.uid for each in ALL]


@pytest.mark.parametrize(
    "path", ["/api/dashboards/nothing", "/api/runbooks/Nothing", "/api/runbooks/..%2fREADME"]
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url=HOST).status_code == 404


@pytest.mark.parametrize("name", sorted(path.stem for path in RUNBOOKS.glob("*.md")))
def test_every_runbook_can_be_read(client: FlaskClient, name: str) -> None:
    assert client.get(f"/api/runbooks/{name}", base_url=HOST).text.startswith(f"# {name}")


def test_the_libraries_are_those_that_were_fetched_and_have_their_licences() -> None:
    assert vendor.is_unchanged()
    packages = {library.package.split("/")[-1] for library in vendor.LIBRARIES}
    assert {path.stem for path in vendor.FOLDER.glob("*.LICENSE")} == packages


def test_no_script_makes_elements_of_text() -> None:
    """Text becomes elements by these only; the console's scripts use none of them."""
    ways = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    )
    found = {
        f"{path.name}: {way}"
        for path in (STATIC / "js").rglob("*.js")
        for way in ways
        if way in path.read_text(encoding="utf-8")
    }
    assert found == set()
