"""Made-up samples in the layouts that drag benchmarks are published in."""

import json
import pickle
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 48
POINTS = [[10, 20], [30, 20], [12, 24], [32, 25]]
PROMPT = "a photo of a thing"


def area() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    mask[10:30, 5:40] = 1
    return mask


def picture(folder: Path, seed: int = 0) -> Path:
    """A sample's folder with a picture of coloured noise."""
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(folder / "original_image.png")
    return folder


def write_pickle(file: Path, protocol: int = 4, **parts) -> None:
    file.write_bytes(pickle.dumps({"prompt": PROMPT, "points": POINTS, "mask": area()} | parts, protocol=protocol))


def pickled_sample(folder: Path, protocol: int = 4, seed: int = 0, **parts) -> Path:
    """A sample of DragBench, -SR or -DR."""
    write_pickle(picture(folder, seed) / "meta_data.pkl", protocol, **parts)
    return folder


def json_sample(folder: Path) -> Path:
    """A sample whose instruction is JSON and whose mask is a picture."""
    picture(folder)
    (folder / "drag_instruction.json").write_text(json.dumps({"prompt": PROMPT, "points": POINTS}), encoding="utf-8")
    Image.fromarray(area() * 255).save(folder / "mask.png")
    return folder
