"""The text of an instruction to values: JSON, or Python's notation of it, by the same rules as js/drag/text.js."""

import json
import re
from typing import Any

from .bounds import DEEPEST, check_text

BLANK = " \t\r\n\ufeff"
MOST_DIGITS = 30
TOKEN = re.compile(
    r"""
    "[^"\\]*(?:\\.[^"\\]*)*"
    | '(?P<quoted>[^'\\]*(?:\\.[^'\\]*)*)'
    | (?<![-+.\w])(?P<word>-?[A-Za-z]\w*)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
WORDS = {"True": "true", "False": "false", "None": "null", "nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
ESCAPED = re.compile(r'\\(?:x([0-9a-fA-F]{2})|(.))|"', re.DOTALL)


def is_blank(text: str) -> bool:
    return not text.strip(BLANK)


EXAMPLE = '{"version": 1, "drags": [{"handle": [10, 20], "target": [60, 20]}]}'


def parse_text(text: str) -> Any:
    """The value that a text stands for; raises ValueError saying where it is no JSON."""
    check_text(text)
    text = text.strip(BLANK)
    if not text:
        raise ValueError("drag: the JSON is empty; draw or write at least one drag, region or mask.")
    try:
        return parse_notation(text)
    except RecursionError:
        raise ValueError(f"drag: the instruction is nested more than {DEEPEST} deep.") from None


def parse_notation(text: str) -> Any:
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
    try:
        return parse_json(TOKEN.sub(json_token, text))
    except json.JSONDecodeError:
        raise ValueError(f"drag: not JSON at {place}. Write an object as in {EXAMPLE}, or a list of points.") from None


def parse_json(text: str) -> Any:
    return json.loads(text, parse_int=parse_integer)


def parse_integer(digits: str) -> int | float:
    """Any number of digits without Python's limit; what is beyond a float becomes infinite."""
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def json_token(token: re.Match[str]) -> str:
    """A string or a word of Python's notation as JSON writes it."""
    if token["quoted"] is not None:
        return f'"{ESCAPED.sub(json_escape, token["quoted"])}"'
    return WORDS.get(token[0], token[0])


def json_escape(found: re.Match[str]) -> str:
    if found[0] == '"':
        return '\\"'
    if found[1]:
        return f"\\u00{found[1]}"
    return "'" if found[2] == "'" else found[0]
