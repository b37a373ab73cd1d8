"""The words of the page: every one that is used exists, in every language, with the same names to be filled in."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LANGUAGES = sorted(folder.name for folder in (ROOT / "locales").iterdir())
EDITOR = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "js").rglob("*.js"))]


def sentences(language: str) -> dict[str, str]:
    """All words of a language by their keys, such as `tip.drag`."""
    words = json.loads((ROOT / "locales" / language / "main.json").read_text(encoding="utf-8"))["dragCanvas"]

    def flat(part: dict, prefix: str) -> dict[str, str]:
        found = {}
        for key, value in part.items():
            found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        return found

    return flat(words, "")


def test_there_are_languages():
    assert {"en", "zh"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str):
    english, own = sentences("en"), sentences(language)
    assert list(own) == list(english)
    for key, sentence in own.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", english[key])), key
        assert bool(sentence) == bool(english[key]), key


def test_every_word_that_is_used_is_there():
    used = {key for text in EDITOR for key in re.findall(r"\b(?:t|textButton)\('([\w.]+)'", text)}
    assert len(used) > 15 and used <= set(sentences("en"))


def test_every_fault_has_its_sentence():
    codes = {code for text in EDITOR for code in re.findall(r"new DragError\('(\w+)'", text)}
    assert len(codes) > 10 and {f"fault.{code}" for code in codes} <= set(sentences("en"))


def test_every_tool_has_its_name_and_its_tip():
    tools = re.search(r"TOOLS = \[(.*?)\]", "\n".join(EDITOR)).group(1).replace("'", "").split(", ")
    assert {*tools, *(f"tip.{tool}" for tool in tools)} <= set(sentences("en"))
