"""The scores of a result: image fidelity, and mean distance in the variants of the papers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ...core.instruction.spec import Extent
from ...tools.pictures import to_tensor
from ..perceptual import lpips_distance
from .matching import Enlarging, Features, discs, distances, found_places, relative_distances
from .samples import Sample

if TYPE_CHECKING:
    from .feature_model import FeatureModel

SOURCE_NOISE, EDITED_NOISE = 0, 1


@dataclass(frozen=True)
class Score:
    """LPIPS of a result, and the distances of its pairs: in pixels, and in shares of the sides by RegionDrag's rule."""

    lpips: float
    anywhere: tuple[float, ...]
    in_mask: tuple[float, ...]
    in_discs: tuple[float, ...]


class Measure:
    """Scores the results of one sample after the other; only the features of one sample are held."""

    def __init__(self, model: FeatureModel, empty_prompt: bool) -> None:
        self.model, self.empty_prompt = model, empty_prompt

    def no_edit(self, sample: Sample) -> Score:
        """The source taken as its own result."""
        maps = self._maps(sample, sample.image(), SOURCE_NOISE)
        return Score(0.0, *matched(sample, maps, maps))

    def result(self, sample: Sample, result: Image.Image) -> Score:
        """A result of the sample's size."""
        source = self._maps(sample, sample.image(), SOURCE_NOISE)
        edited = self._maps(sample, result, EDITED_NOISE)
        return Score(lpips_distance(to_tensor(sample.image()), to_tensor(result)), *matched(sample, source, edited))

    def _maps(self, sample: Sample, image: Image.Image, noise: int) -> tuple[Features, Features]:
        """The features of a picture as it is, and of one brought to a square without blending pixels."""
        text = "" if self.empty_prompt else sample.prompt
        picture, size = to_tensor(image), Extent(*sample.size)
        square = nearest_square(picture, self.model.square_side)
        return (
            Features(self.model.features(picture, text, noise), size, Enlarging.BILINEAR),
            Features(self.model.features(square, text, noise), size, Enlarging.NEAREST),
        )


def nearest_square(picture: Tensor, side: int) -> Tensor:
    """A picture (3, H, W) resized to a square by taking the nearest pixels."""
    return torch.nn.functional.interpolate(picture[None], (side, side), mode="nearest")[0]


def matched(
    sample: Sample, source: tuple[Features, Features], edited: tuple[Features, Features]
) -> tuple[tuple[float, ...], ...]:
    """The distances of a sample's pairs anywhere, in the mask (none without one), and in discs."""
    points, size = sample.points, Extent(*sample.size)
    mask = [] if sample.mask is None else [torch.from_numpy(sample.mask)]
    anywhere, *masked = found_places(source[0], edited[0], points, [None, *mask])
    (in_discs,) = found_places(source[1], edited[1], points, [discs(points, size)])
    return (
        tuple(distances(anywhere, points.targets).tolist()),
        tuple(distances(masked[0], points.targets).tolist()) if masked else (),
        tuple(relative_distances(in_discs, points.targets, size).tolist()),
    )


@dataclass(frozen=True)
class Summary:
    """The scores of a method: distances of all pairs alike, RegionDrag's by samples."""

    samples: int
    pairs: int
    fidelity: float
    lpips_100: float
    mean_distance: float
    masked_distance: float | None
    disc_distance_100: float

    @staticmethod
    def of(scores: Sequence[Score]) -> Summary:
        lpips = float(np.mean([score.lpips for score in scores]))
        anywhere, in_mask = (list(chain(*(getattr(s, name) for s in scores))) for name in ("anywhere", "in_mask"))
        return Summary(
            len(scores),
            len(anywhere),
            1 - lpips,
            100 * lpips,
            float(np.mean(anywhere)),
            float(np.mean(in_mask)) if in_mask else None,
            100 * float(np.mean([np.mean(score.in_discs) for score in scores])),
        )


class ScoreBook:
    """Scores kept in a file, each with the pictures and settings it belongs to, so that none is computed twice."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.kept = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            entry = json.loads(line)
            self.kept[entry["sample"], entry["key"]] = read_score(entry["score"])

    def find(self, sample: str, key: str) -> Score | None:
        return self.kept.get((sample, key))

    def keep(self, sample: str, key: str, score: Score) -> None:
        self.kept[sample, key] = score
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"sample": sample, "key": key, "score": asdict(score)}) + "\n")


def read_score(entry: dict[str, Any]) -> Score:
    lpips, *distances = entry.values()
    anywhere, in_mask, in_discs = map(tuple, distances)
    return Score(lpips, anywhere, in_mask, in_discs)


def score_key(sample: Sample, result: Path | None, model: str, empty_prompt: bool) -> str:
    """What a score depends on, as a short text; no result means the source itself."""
    parts = [sample.picture.read_bytes(), result.read_bytes() if result else b"no edit"]
    settings = (sample.size, sample.prompt, sample.points.handles.tolist(), sample.points.targets.tolist(), model)
    parts.append(json.dumps([*settings, empty_prompt]).encode())
    if sample.mask is not None:
        parts.append(sample.mask.tobytes())
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]
