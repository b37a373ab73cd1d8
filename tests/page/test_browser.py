"""Where the page tests get their browser from, and what is said where they get none."""

import subprocess
import sys
from pathlib import Path

import pytest
from dragkit.tools import browser
from dragkit.tools.environment import SetupError


@pytest.fixture
def without_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine that has no browser."""
    monkeypatch.delenv("DRAGKIT_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "usual_places", lambda: [])
    monkeypatch.setattr(browser, "fetched_browser", lambda: None)


def test_the_named_browser_comes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAGKIT_BROWSER", sys.executable)
    assert browser.find_browser() == Path(sys.executable)


def test_a_named_browser_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAGKIT_BROWSER", "no-such-browser")
    with pytest.raises(SetupError, match="DRAGKIT_BROWSER is no-such-browser, which is no program; install"):
        browser.find_browser()


def test_an_installed_browser_is_found(without_browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browser, "usual_places", lambda: [Path("not/there"), Path(sys.executable)])
    assert browser.find_browser() == Path(sys.executable)


def test_a_missing_browser_is_one_sentence(without_browser):
    with pytest.raises(SetupError, match="There is no browser for the page tests; install"):
        browser.require_browser()


def test_a_failed_download_says_why_and_does_not_end_the_run(
    without_browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    failed = subprocess.CompletedProcess([], 1, stdout="Downloading\nError: getaddrinfo ENOTFOUND the.host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    browser.provide_browser()
    assert "could not be fetched (Error: getaddrinfo ENOTFOUND the.host); install Chromium" in capsys.readouterr().out
