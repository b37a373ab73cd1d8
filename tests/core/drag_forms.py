"""Random instructions, most of them slightly wrong, as texts and as values; the same for the same seed.

DRAGKIT_FORMS sets how many are tried.
"""

import json
import os
import random
from typing import Any

COUNT = int(os.environ.get("DRAGKIT_FORMS", "2000"))
NUMBERS = [
    0,
    1,
    -1,
    0.5,
    1.125,
    2.375,
    -0.125,
    0.004,
    0.005,
    1e-12,
    255,
    511.995,
    1e9,
    1e9 + 1,
    -1e9,
    1e10,
    1e200,
    10**40,
]
JUNK = [
    None,
    True,
    False,
    "",
    "1",
    [],
    {},
    [[]],
    [1],
    [1, 2],
    [1, 2, 3],
    {"x": 1, "y": 2},
    [{"x": 1}],
    float("nan"),
    float("inf"),
]
KEYS = """version size drags regions mask handle target source affine polygon brush outlines radius points erase move
scale rotate x y positive toString __proto__ note é a"b it's""".split()


def form(seed: int) -> Any:
    """An instruction, a list of points or tracks, or what became of one; as a value or as text."""
    rng = random.Random(seed)
    value = rng.choice([instruction, instruction, instruction, points, tracks])(rng)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        value = changed(rng, value)
    if rng.random() < 0.1:
        value = {"__value__": value}
    return text(rng, value) if rng.random() < 0.6 else value


def number(rng: random.Random) -> float:
    if rng.random() < 0.03:
        return rng.choice(NUMBERS)
    return round(rng.uniform(-20, 600), rng.choice([0, 1, 2, 3, 10])) + rng.choice([0, 0, 0.125, 0.375])


def pair(rng: random.Random) -> list:
    return [number(rng), number(rng)]


def pairs(rng: random.Random, least: int) -> list:
    return [pair(rng) for _ in range(rng.randint(least, least + 4))]


def shape(rng: random.Random) -> dict:
    erase = rng.choice([{}, {"erase": True}, {"erase": False}])
    if rng.random() < 0.4:
        return {"polygon": pairs(rng, 3)} | erase
    if rng.random() < 0.4:
        return {"outlines": [pairs(rng, 3) for _ in range(rng.randint(1, 3))]} | erase
    return {"brush": [stroke(rng) for _ in range(rng.randint(0, 3))]}


def stroke(rng: random.Random) -> dict:
    return {"radius": abs(number(rng)) or 0.001, "points": pairs(rng, 1)} | rng.choice([{}, {"erase": True}])


def region(rng: random.Random) -> dict:
    if rng.random() < 0.5:
        return {"source": shape(rng), "target": shape(rng)}
    parts = {
        "move": pair(rng),
        "scale": [rng.uniform(-2, 2), rng.choice([0.0005, 0.001, 1, *[rng.uniform(0.01, 2)] * 9])],
        "rotate": number(rng),
    }
    return {"source": shape(rng), "affine": {key: part for key, part in parts.items() if rng.random() < 0.7}}


def instruction(rng: random.Random) -> dict:
    parts = {
        "size": rng.choice([*[[512, 384], [1, 1], [64.0, 64], [16384, 1], None] * 3, [16385, 5]]),
        "drags": [{"handle": pair(rng), "target": pair(rng)} for _ in range(rng.randint(0, 4))],
        "regions": [region(rng) for _ in range(rng.randint(0, 2))],
        "mask": [shape(rng) for _ in range(rng.randint(0, 3))],
    }
    return {"version": 1} | {key: part for key, part in parts.items() if rng.random() < 0.8}


def point(rng: random.Random, x: float, y: float) -> Any:
    return rng.choice([{"x": x, "y": y}, [x, y], {"x": x, "y": y, "t": 3}])


def points(rng: random.Random) -> list:
    return rng.choice([scattered, line])(rng, rng.randint(0, 20))


def scattered(rng: random.Random, count: int) -> list:
    return [point(rng, *pair(rng)) for _ in range(count)]


def line(rng: random.Random, count: int) -> list:
    """Samples of a slightly shaky line, sometimes in fractions."""
    dx, dy, shake = rng.uniform(-9, 9), rng.uniform(-9, 9), rng.choice([0, 1, 3])
    scale, decimals = rng.choice([(1, 0), (1, 2), (0.001, 4)])
    ends = [
        (abs(300 + i * dx + rng.uniform(0, shake)), abs(200 + i * dy + rng.uniform(0, shake))) for i in range(count)
    ]
    return [point(rng, round(x * scale, decimals), round(y * scale, decimals)) for x, y in ends]


def tracks(rng: random.Random) -> list:
    found = [line(rng, rng.randint(1, 9)) for _ in range(rng.randint(1, 4))]
    return [track + track[:1] if rng.random() < 0.2 else track for track in found]


def changed(rng: random.Random, value: Any) -> Any:
    """The same value with one part somewhere in it replaced, left out or added."""
    children = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    if children and rng.random() < 0.8:
        key = rng.choice(list(children))
        copied = dict(value) if isinstance(value, dict) else list(value)
        if rng.random() < 0.15:
            del copied[key]
        else:
            copied[key] = changed(rng, value[key])
        return copied
    if isinstance(value, dict) and rng.random() < 0.5:
        return value | {rng.choice(KEYS): rng.choice([*JUNK, *NUMBERS])}
    return rng.choice([*JUNK, *NUMBERS])


def text(rng: random.Random, value: Any) -> str:
    written = rng.choice([json.dumps, str, lambda v: json.dumps(v, indent=1, ensure_ascii=False)])(value)
    before, after = rng.choice([("", ""), ("", ""), ("\ufeff", ""), (" \n", "\t"), ("\xa0", ""), ("", ",")])
    written = before + written + after
    if rng.random() < 0.1:
        cut = rng.randrange(len(written) + 1)
        written = rng.choice([written[:cut], written[:cut] + rng.choice("'\"[]{}0,x\\") + written[cut:]])
    return rng.choice(["", "  ", "\ufeff\n", "null"]) if rng.random() < 0.02 else written
