"""The page's pure modules in a real browser, without a server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dragkit.tests.page.editor import FLAGS
from dragkit.tools.browser import require_browser
from dragkit.tools.environment import SetupError
from playwright.sync_api import Route, sync_playwright

JS = Path(__file__).resolve().parents[2] / "js"
ORIGIN = "http://pack.test"
Run = Callable[[str, Any], Any]


def serve(route: Route) -> None:
    """Answers with a file of the pack's js folder, or with an empty page."""
    file = JS / route.request.url.removeprefix(ORIGIN).lstrip("/")
    if file.is_file():
        route.fulfill(content_type="text/javascript", body=file.read_text(encoding="utf-8"))
    else:
        route.fulfill(content_type="text/html", body="<!doctype html>")


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
        page.route(f"{ORIGIN}/**", serve)
        page.goto(ORIGIN)
        yield lambda body, given: page.evaluate(f"async (given) => {{ {body} }}", given)
        browser.close()
