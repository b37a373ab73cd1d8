"""The page under test is that of the frontend asked for, else the one that is installed."""

import os
from importlib import metadata
from pathlib import Path

from dragkit.tests.page.editor import Editor


def asked_for() -> str:
    """The version of the frontend that the tests were told to run with."""
    named = os.environ.get("DRAGKIT_FRONTEND")
    if not named:
        return metadata.version("comfyui-frontend-package")
    return next(metadata.distributions(name="comfyui-frontend-package", path=[str(Path(named).parents[1])])).version


def test_the_page_is_of_the_frontend_asked_for(editor: Editor):
    assert editor.page.evaluate("window.__COMFYUI_FRONTEND_VERSION__") == asked_for()
