"""A sample's instruction in the form that the drag nodes read."""

from __future__ import annotations

from typing import Any

import numpy as np

from .samples import Pairs, Sample

CELL = 8  # pixels: what a latent's cell covers, and what the points of -SR and -DR regions are multiples of


def drag_json(sample: Sample) -> dict[str, Any]:
    """The DRAG instruction of a sample, without its mask, which is a raster and travels as a picture."""
    if not sample.dense:
        pairs = zip(sample.given.handles.tolist(), sample.given.targets.tolist(), strict=True)
        drags = [{"handle": handle, "target": target} for handle, target in pairs]
        return {"version": 1, "size": list(sample.size), "drags": drags}
    return {"version": 1, "size": list(sample.size), "regions": moved_rectangles(sample.given)}


def moved_rectangles(pairs: Pairs) -> list[dict[str, Any]]:
    """Regions that send every cell where the dense pairs of -SR and -DR send it.

    Those list, for every latent cell of the targets, the cell it receives. Cells with one displacement are joined to
    rectangles, so a graph's latent gets the very cells of the reference; the last of several claims on a cell wins.
    """
    moves = displacements(pairs)
    regions = []
    while moves:
        (x, y), move = next(iter(moves.items()))
        width, height = 1, 1
        while moves.get((x + width, y)) == move:
            width += 1
        while all(moves.get((x + column, y + height)) == move for column in range(width)):
            height += 1
        for row in range(height):
            for column in range(width):
                del moves[x + column, y + row]
        regions.append(moved_rectangle(x - move[0], y - move[1], width, height, move))
    return regions


def displacements(pairs: Pairs) -> dict[tuple[int, int], tuple[int, int]]:
    """How far the content of every target cell comes from, in cells, row by row."""
    handles, targets = (points // CELL for points in (pairs.handles, pairs.targets))  # (N, 2) each
    moves = {
        tuple(cell): tuple(move) for cell, move in zip(targets.tolist(), (targets - handles).tolist(), strict=True)
    }
    return dict(sorted(moves.items(), key=lambda item: item[0][::-1]))


def moved_rectangle(x: int, y: int, width: int, height: int, move: tuple[int, int]) -> dict[str, Any]:
    """A region of whole cells and where it goes."""
    left, top, right, bottom = (int(side) * CELL for side in (x, y, x + width, y + height))
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return {"source": {"polygon": corners}, "affine": {"move": (np.array(move) * CELL).tolist()}}
