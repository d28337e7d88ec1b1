"""One browser, and one server and one tab of each kind, for the whole run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from greenlatent.widgets import Widget
from tests.browser.harness import Notebook, Server, open_browser
from tests.browser.view import View, open_page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def page(browser: Browser) -> Iterator[Page]:
    """One page without a notebook for all tests, since to open one takes longer than most of them."""
    page = open_page(browser)
    yield page
    page.context.close()


@pytest.fixture
def kind() -> type[View]:
    """What `show` gives; a module whose views have parts of their own names its kind."""
    return View


@pytest.fixture
def show(browser: Browser, page: Page, kind: type[View]) -> Iterator[Callable[..., View]]:
    """Opens widgets on a page without a notebook: one of their own if it is the second, or `alone`, or an odd one."""
    views: list[View] = []

    def show(*widgets: Widget, alone: bool = False, **context: Any) -> View:
        lent = None if views or alone or context else page
        views.append(kind(browser, *widgets, lent=lent, **context))
        return views[-1]

    yield show
    for view in views:
        view.close()


@pytest.fixture(scope="session")
def lab_server() -> Iterator[Server]:
    server = Server("lab")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def notebook_server() -> Iterator[Server]:
    server = Server("notebook")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tab(lab_server: Server, browser: Browser) -> Iterator[Notebook]:
    """A tab with JupyterLab."""
    notebook = Notebook(lab_server, browser)
    yield notebook
    notebook.leave()


@pytest.fixture(scope="session")
def notebook_tab(notebook_server: Server, browser: Browser) -> Iterator[Notebook]:
    """A tab with Notebook 7."""
    notebook = Notebook(notebook_server, browser)
    yield notebook
    notebook.leave()


@pytest.fixture(scope="module", params=["lab", pytest.param("notebook", marks=pytest.mark.slow)])
def each_tab(request: pytest.FixtureRequest) -> Notebook:
    """A tab with JupyterLab, then one with Notebook 7: of those but the first session by keyboard is quick enough for
    every run of the tests."""
    return request.getfixturevalue({"lab": "tab", "notebook": "notebook_tab"}[request.param])


@pytest.fixture(autouse=True)
def quiet_console(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test fails on an error in the browser's console, even where all else went well.

    What a failed test leaves behind, the next one does not meet: page and kernel are new to it.
    """
    tabs = [request.getfixturevalue(name) for name in ("tab", "each_tab") if name in request.fixturenames]
    for tab in tabs:
        tab.errors.clear()
    failed = request.session.testsfailed
    yield
    errors = [error for tab in tabs for error in tab.errors]
    if errors or request.session.testsfailed > failed:
        for tab in tabs:
            tab.close()
    assert errors == []
