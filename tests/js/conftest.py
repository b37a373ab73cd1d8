"""The page's pure modules in a real browser, without a server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dragkit.tests.page.editor import FLAGS
from dragkit.tools.browser import ORIGIN, require_browser, serve_modules
from dragkit.tools.environment import SetupError
from playwright.sync_api import sync_playwright

Run = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs the body of a function of `given` in a page that has the modules under `/`."""
    try:
        program = require_browser()
    except SetupError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", serve_modules)
        page.goto(ORIGIN)
        yield lambda body, given: page.evaluate(f"async (given) => {{ {body} }}", given)
        browser.close()
