"""Writes the cases of the pixel warp's mapping, for every program that maps the same way to be tested against.

`python benchmarks/warp_golden.py` writes one JSON file per case to `tests/golden/warp/`: the instruction and, for both
ways of sampling, the target pixels and the inpaint mask as runs `[row, first column, column after the last]`, and in
raster order the point `[x, y]` where the content of every target pixel comes from.
"""

import json

import _pack
import numpy as np

_pack.register()

from dragkit.core.grid.placed import place  # noqa: E402
from dragkit.core.instruction.form import read_drag  # noqa: E402
from dragkit.core.instruction.geometry import Extent  # noqa: E402
from dragkit.core.maps.flow import flow_map  # noqa: E402
from dragkit.core.redraw.pixels import Sampling, inpaint_area  # noqa: E402

FOLDER = _pack.ROOT / "tests" / "golden" / "warp"
SIZE = [40, 32]
MASK_EXPAND = 5


def disc(x: float, y: float, radius: float, *more: dict) -> dict:
    return {"brush": [{"radius": radius, "points": [[x, y]]}, *more]}


def drags(*ends: tuple[float, float, float, float]) -> list[dict]:
    return [{"handle": [x, y], "target": [to_x, to_y]} for x, y, to_x, to_y in ends]


def box(left: float, top: float, right: float, bottom: float) -> dict:
    return {"polygon": [[left, top], [right, top], [right, bottom], [left, bottom]]}


SQUARE = box(10, 8, 24, 22)
CASES = {
    "one_drag": {"mask": [disc(14, 15, 7)], "drags": drags((14.5, 15.5, 22.5, 12.5))},
    "part_of_a_pixel": {"mask": [disc(14, 15, 7)], "drags": drags((14.2, 15.7, 18.5, 15.2))},
    "two_drags_stretch": {"mask": [SQUARE], "drags": drags((11.5, 15.5, 7.5, 14.5), (22.5, 15.5, 29.5, 17.5))},
    "four_drags_turn": {
        "mask": [SQUARE],
        "drags": drags(
            (11.5, 9.5, 15.5, 7.5), (22.5, 9.5, 24.5, 13.5), (22.5, 20.5, 18.5, 22.5), (11.5, 20.5, 9.5, 16.5)
        ),
    },
    "shrink_with_anchor": {"mask": [SQUARE], "drags": drags((10.5, 8.5, 10.5, 8.5), (23.5, 21.5, 17.5, 16.5))},
    "crossing_drags": {"mask": [SQUARE], "drags": drags((11.5, 15.5, 26.5, 15.5), (22.5, 15.5, 14.5, 16.5))},
    "part_without_handle": {"mask": [disc(9, 10, 5), disc(28, 20, 6)], "drags": drags((28.5, 20.5, 31.5, 18.5))},
    "hole": {
        "mask": [disc(16, 16, 9, {"radius": 3, "points": [[17, 15]], "erase": True})],
        "drags": drags((10.5, 16.5, 17.5, 18.5)),
    },
    "leaves_the_picture": {"mask": [disc(8, 10, 7)], "drags": drags((5.5, 9.5, -2.5, 4.5), (12.5, 11.5, 9.5, 9.5))},
    "all_anchors": {"mask": [SQUARE], "drags": drags((12.5, 10.5, 12.5, 10.5))},
    "move_turn_grow": {"regions": [{"source": SQUARE, "affine": {"move": [6, 2], "scale": [1.2, 1.2], "rotate": 20}}]},
    "mirror": {"regions": [{"source": disc(12, 14, 7), "affine": {"move": [9, 0], "scale": [-0.8, 0.8]}}]},
    "quad": {"regions": [{"source": SQUARE, "target": {"polygon": [[14, 6], [33, 9], [30, 27], [12, 24]]}}]},
    "pentagon": {
        "regions": [
            {
                "source": {"polygon": [[6, 8], [14, 5], [21, 10], [18, 20], [7, 19]]},
                "target": {"polygon": [[12, 10], [24, 4], [33, 12], [24, 16], [15, 26]]},
            }
        ]
    },
    "mouth_opens": {
        "regions": [
            {
                "source": {"polygon": [[6, 14], [13, 10], [20, 9], [27, 10], [34, 14], [27, 12], [20, 11], [13, 12]]},
                "target": {"polygon": [[5, 13], [13, 8], [20, 7], [27, 8], [35, 13], [27, 22], [20, 25], [13, 22]]},
            }
        ]
    },
    "crescent_closes": {
        "regions": [
            {
                "source": {"polygon": [[12, 6], [22, 3], [32, 8], [36, 17], [32, 18], [28, 11], [21, 7], [14, 10]]},
                "target": {"polygon": [[5, 20], [6, 8], [18, 2], [30, 8], [31, 20], [25, 19], [25, 11], [18, 7]]},
            }
        ]
    },
    "corners_shifted": {
        "regions": [
            {
                "source": {"polygon": [[4, 4], [34, 16], [4, 28], [14, 16]]},
                "target": {"polygon": [[6, 16], [34, 4], [24, 16], [34, 28]]},
            }
        ]
    },
    "drag_beside_region": {
        "regions": [{"source": box(4, 4, 12, 12), "affine": {"move": [9, 1]}}],
        "drags": drags((8.5, 24.5, 20.5, 25.5), (30.5, 6.5, 34.5, 9.5)),
        "mask": [box(2, 2, 24, 15), box(4, 20, 14, 29), box(27, 3, 33, 9)],
    },
    "drag_where_the_mask_limits": {
        "regions": [{"source": box(4, 4, 12, 12), "affine": {"move": [9, 1]}}],
        "drags": drags((8.5, 24.5, 20.5, 25.5)),
        "mask": [box(0, 0, 40, 32)],
    },
    "brush_to_brush": {"regions": [{"source": disc(11, 15, 7), "target": disc(25, 16, 9)}]},
    "mask_limits_regions": {"regions": [{"source": SQUARE, "affine": {"move": [8, 3]}}], "mask": [box(0, 0, 28, 32)]},
}


def runs(mask: np.ndarray) -> list[list[int]]:
    """The set pixels of a mask (H, W) as runs [row, first column, column after the last]."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(int), axis=1)
    (row, start), (_, stop) = (edges == 1).nonzero(), (edges == -1).nonzero()
    return np.stack([row, start, stop], axis=1).tolist()


def answer(drag: dict, sampling: Sampling) -> dict:
    """The mapping of one case."""
    moves = flow_map(place(read_drag(drag), Extent(*SIZE)), sampling.rounding)
    points = moves.points(moves.moved).round(2).tolist()
    return {"target": runs(moves.moved.numpy()), "inpaint": runs(inpaint_area(moves, MASK_EXPAND)), "points": points}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, parts in CASES.items():
        drag = {"version": 1, "size": SIZE} | parts
        case = {"drag": drag, "mask_expand": MASK_EXPAND}
        case |= {sampling.name.lower(): answer(drag, sampling) for sampling in Sampling}
        lines = (f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in case.items())
        (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
