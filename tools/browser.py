"""The browser that the page tests drive: one that is installed, or Playwright's own Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .environment import SetupError, say

if TYPE_CHECKING:
    from playwright.sync_api import Route

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "microsoft-edge-stable",
)
MAC_PROGRAMS = ("Chromium", "Google Chrome", "Microsoft Edge")
WINDOWS_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
JS = Path(__file__).resolve().parents[1] / "js"
ORIGIN = "http://pack.test"
REMEDY = "install Chromium, Chrome or Edge, or set DRAGKIT_BROWSER to the program of one"


def find_browser() -> Path | None:
    """Returns the browser that DRAGKIT_BROWSER names, an installed one, or the one Playwright has fetched."""
    named = os.environ.get("DRAGKIT_BROWSER")
    if named:
        program = shutil.which(named)
        if program is None:
            raise SetupError(f"DRAGKIT_BROWSER is {named}, which is no program; {REMEDY}.")
        return Path(program)
    on_path = (shutil.which(name) for name in PROGRAMS)
    return next((Path(p) for p in (*on_path, *usual_places()) if p and Path(p).is_file()), None) or fetched_browser()


def require_browser() -> Path:
    """Returns the browser to use; raises SetupError where there is none."""
    browser = find_browser()
    if browser is None:
        raise SetupError(f"There is no browser for the page tests; {REMEDY}.")
    return browser


def provide_browser() -> None:
    """Fetches a browser where there is none; without one the page tests fail, and say why."""
    try:
        if find_browser() is None:
            install_browser()
    except SetupError as error:
        say(str(error))


def install_browser() -> None:
    """Fetches Playwright's Chromium."""
    say("Fetching Chromium for the page tests (170 MB) ...")
    command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    fetched = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if fetched.returncode or fetched_browser() is None:
        lines = [line.strip() for line in fetched.stdout.splitlines() if "error" in line.lower()]
        cause = lines[0].rstrip(".") if lines else "Playwright did not say why"
        raise SetupError(f"Chromium for the page tests could not be fetched ({cause}); {REMEDY}.")


def usual_places() -> list[Path]:
    """Returns where installers put browsers without adding them to the path."""
    if sys.platform == "darwin":
        return [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in MAC_PROGRAMS]
    if sys.platform == "win32":
        homes = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        return [Path(home, program) for home in homes if home for program in WINDOWS_PROGRAMS]
    return []


def fetched_browser() -> Path | None:
    """Returns Playwright's own Chromium if it has been fetched."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return program if program.is_file() else None


def serve_modules(route: Route) -> None:
    """Answers a page at ORIGIN with a file of the pack's js folder, or with an empty page."""
    file = JS / route.request.url.removeprefix(ORIGIN).lstrip("/")
    if file.is_file():
        route.fulfill(content_type="text/javascript", body=file.read_text(encoding="utf-8"))
    else:
        route.fulfill(content_type="text/html", body="<!doctype html>")
