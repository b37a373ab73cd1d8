"""The page of a real ComfyUI server in a real browser, in both of the editor's renderers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dragkit.tests.page.canvas import Canvas, picture
from dragkit.tests.page.editor import FLAGS, Editor, Editors
from dragkit.tools.browser import require_browser
from dragkit.tools.environment import SetupError
from dragkit.tools.server import ComfyServer
from playwright.sync_api import Browser, sync_playwright


def browser_program() -> Path:
    """The browser to use; without one the tests fail in one sentence rather than being skipped."""
    try:
        return require_browser()
    except SetupError as error:
        sentence = str(error)
    pytest.fail(sentence, pytrace=False)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without a window; not for the whole session, since no other event loop can run beside it."""
    program = browser_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def editors(browser: Browser, server: ComfyServer) -> Editors:
    """The graph editor in both renderers, each opened once."""
    return Editors(browser, server)


@pytest.fixture(scope="module", params=[False, True], ids=["classic", "nodes2"])
def editor(request: pytest.FixtureRequest, editors: Editors) -> Editor:
    """The graph editor with an empty graph, once in each renderer."""
    return editors.turn_to(request.param)


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that DRAGKIT_SCREENSHOTS names, or a temporary one."""
    named = os.environ.get("DRAGKIT_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def canvas(editor: Editor, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> Canvas:
    """A canvas to draw on, with `photo.png` and others uploaded."""
    canvas = Canvas(editor, server, tmp_path_factory.mktemp("pictures"))
    canvas.upload("photo.png", picture())
    canvas.upload("wide.png", picture((600, 300), seed=1))
    canvas.upload("half.png", picture(transparent=True))
    return canvas


def open_results(canvas: Canvas) -> None:
    """Brings what asks for results into a page."""
    canvas.page.evaluate(Path(__file__).with_name("results.js").read_text(encoding="utf-8"))


@pytest.fixture
def page_of_results(canvas: Canvas) -> Iterator[None]:
    """The canvas's page with what asks for results in it, and without errors at the end."""
    open_results(canvas)
    canvas.editor.forget()
    yield
    assert canvas.editor.errors() == []
