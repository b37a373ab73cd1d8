"""Every module of js/warp and js/mesh does what the module of the same name in core/maps and core/mesh does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dragkit.core.grid.areas import Area
from dragkit.core.grid.moving import Footprint, beside, what_moves
from dragkit.core.grid.placed import place
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.geometry import Affine, Extent
from dragkit.core.instruction.spec import Polygon
from dragkit.core.maps.flow import around_drags, bend_by_points, flow_by_points
from dragkit.core.maps.map import Match
from dragkit.core.maps.points import INPAINT4DRAG_EPS, match_by_points, shifted, spread
from dragkit.core.maps.regions import matches
from dragkit.core.maps.whole import match_affine, whole_by_points
from dragkit.core.mesh.compatible import compatible_pieces
from dragkit.core.mesh.triangles import covered_pixels
from dragkit.core.mesh.triangulation import check_simple, is_convex, simplified
from dragkit.tests.core.placing import match_corners, match_masks, match_pulled
from dragkit.tests.js.conftest import Run
from dragkit.tools.browser import JS

SIZE = (64, 48)
SHAPE = SIZE[::-1]
TOLERANCE = 0.006
SEEDS = range(6)
LAY = """
const [width, height] = [64, 48], size = [width, height]
const laid = (match) => {
  const out = { area: [...match.area], free: Boolean(match.free), points: [], landing: [] }
  out.landing = new Array(width * height).fill(0)
  const points = new Map()
  match.lay((at, x, y) => points.set(at, [x, y]))
  for (const at of [...points.keys()].sort((a, b) => a - b)) {
    out.landing[at] = 1
    out.points.push(points.get(at))
  }
  return out
}
"""


def imports(module: str, *names: str) -> str:
    return f"const {{ {', '.join(names)} }} = await import('/{module}.js');"


def assert_same(found: dict[str, Any], match: Match) -> None:
    """The same source, the same pixels that receive content, from the same points."""
    assert np.array_equal(np.reshape(found["area"], SHAPE).astype(bool), match.area.on(SHAPE))
    assert np.array_equal(np.reshape(found["landing"], SHAPE).astype(bool), match.landing.on(SHAPE))
    np.testing.assert_allclose(np.reshape(found["points"], (-1, 2)), match.exact, atol=TOLERANCE)
    assert found["free"] == match.free and match.landing.count


def star(seed: int, corners: int) -> np.ndarray:
    """The corners (V, 2) of a polygon that does not cross itself."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners)) + np.arange(corners) * 1e-3
    radii = rng.uniform(6, 20, corners)
    return (np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None] + (32, 24)).round(2)


def blob(seed: int) -> np.ndarray:
    """A mask (H, W) of one random polygon."""
    points = tuple(map(tuple, star(seed, 9).tolist()))
    return rasterise(Polygon(points), Extent(*SIZE)).numpy()


def drags(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Handles and targets (N, 2) around the middle."""
    ends = np.random.default_rng(seed).uniform(20, 40, (2, count, 2)).round(2)
    return ends[0], ends[1]


@pytest.mark.parametrize(("folder", "counterpart"), [("warp", "maps"), ("mesh", "mesh")])
def test_the_modules_have_the_names_of_their_counterparts(folder: str, counterpart: str):
    names = {file.stem for file in (JS / folder).glob("*.js")}
    theirs = {file.stem for file in (JS.parent / "core" / counterpart).glob("*.py")} - {"__init__"}
    assert names and names == theirs - {"stretch", "winner", "depth"}  # which move latents, and are not shown


@pytest.mark.parametrize("seed", SEEDS)
def test_affine(run: Run, seed: int):
    rng = np.random.default_rng(seed)
    corners = star(seed, 7)
    scale = (rng.uniform(0.4, 1.6, 2) * rng.choice([-1, 1], 2)).round(3).tolist()
    affine = Affine(tuple(rng.uniform(-9, 9, 2).tolist()), tuple(scale), float(rng.integers(-180, 180)))
    shape = Polygon(tuple(map(tuple, corners.tolist())))
    given = {"polygon": corners.tolist(), "affine": asdict(affine)}
    script = "return laid(matchAffine(rasterise(given, size), given, given.affine, size))"
    found = run(LAY + imports("warp/whole", "matchAffine") + imports("drag/raster", "rasterise") + script, given)
    area = rasterise(shape, Extent(*SIZE)).numpy()
    assert_same(found, match_affine(Area.of(area), affine, shape.bounds.centre, 1, SHAPE))


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_and_columns(run: Run, seed: int):
    masks = [blob(seed), blob(seed + 100)]
    script = "return laid(matchRowsAndColumns(...given.map((mask) => Uint8Array.from(mask)), size))"
    given = [mask.ravel().astype(int).tolist() for mask in masks]
    found = run(LAY + imports("warp/rows_and_columns", "matchRowsAndColumns") + script, given)
    assert_same(found, match_masks(*masks))


LEANT = np.array([[1.2, 0.35], [-0.2, 0.8]])


def leant(points: np.ndarray) -> list[list[float]]:
    """Points (N, 2) under a linear map about the middle."""
    return ((points - (32, 24)) @ LEANT.T + (34, 22)).round(2).tolist()


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_images(run: Run, seed: int):
    rings = [star(seed, 9), (star(seed, 9) - (32, 24)) * 0.4 + (32, 24)]
    strokes = [{"radius": 3, "points": ring.tolist()} for ring in rings]
    pairs: list[dict[str, Any]] = [
        {"source": {"polygon": rings[0].tolist()}, "target": {"polygon": leant(rings[0])}},
        {"source": {"outlines": [r.tolist() for r in rings]}, "target": {"outlines": [leant(r) for r in rings]}},
        {
            "source": {"brush": strokes},
            "target": {"brush": [s | {"points": leant(np.array(s["points"]))} for s in strokes]},
        },
    ]
    script = "return given.map((region) => [...matchSpec({ drags: [], regions: [region] }, size, null)].map(laid))"
    found = run(LAY + imports("warp/regions", "matchSpec") + script, pairs)
    for pair, [match] in zip(pairs, found, strict=True):
        spec = read_drag({"version": 1, "size": list(SIZE), "regions": [pair]})
        [expected] = matches(what_moves(place(spec, Extent(*SIZE))).all, match_by_points)
        assert_same(match, expected)
        cells = np.argwhere(expected.landing.on(SHAPE))[:, ::-1] + 0.5
        np.testing.assert_allclose((expected.exact - (32, 24)) @ LEANT.T + (34, 22), cells, atol=0.1)


@pytest.mark.parametrize("corners", [3, 4, 5, 12])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_polygons(run: Run, seed: int, corners: int):
    source, target = star(seed, corners), star(seed + 100, corners)
    script = "return laid(matchPolygons(...given, size))"
    found = run(LAY + imports("warp/polygons", "matchPolygons") + script, [source.tolist(), target.tolist()])
    assert_same(found, match_corners(source, target, Extent(*SIZE)))


STIFF = [
    [((30, 24), (41, 29))],
    [((26, 20), (30, 17)), ((36, 30), (37, 33))],
    [((26, 20), (24, 34)), ((38, 22), (27, 18)), ((30, 34), (39, 30))],
    [((26, 20), (14, 20)), ((36, 30), (48, 30)), ((30, 32), (34, 12))],
]


@pytest.mark.parametrize("ends", STIFF, ids="moved grown turned torn".split())
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_whole(run: Run, seed: int, ends: list):
    region = blob(seed)
    region[16:36, 22:42] = True
    script = "return [...wholeByPoints(Uint8Array.from(given.region), given.drags, size)].map(laid)"
    pulls = [{"handle": h, "target": t} for h, t in ends]
    given = {"region": region.ravel().astype(int).tolist(), "drags": pulls}
    found = run(LAY + imports("warp/whole", "wholeByPoints") + script, given)
    handles, targets = np.array(ends, dtype=float).swapaxes(0, 1)
    expected = match_pulled(whole_by_points, region, handles, targets)
    assert any(match.torn for match in expected) == (ends is STIFF[3])
    for each, match in zip(found, expected, strict=True):
        assert_same(each, match)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_flow(run: Run, seed: int, count: int):
    region, (handles, targets) = blob(seed), drags(seed, count)
    region[20:41, 20:41] = True
    script = "return [...flowByPoints(Uint8Array.from(given.region), given.drags, size)].map(laid)"
    pulls = [{"handle": h, "target": t} for h, t in zip(handles.tolist(), targets.tolist(), strict=True)]
    given = {"region": region.ravel().astype(int).tolist(), "drags": pulls}
    found = run(LAY + imports("warp/flow", "flowByPoints") + script, given)
    expected = match_pulled(flow_by_points, region, handles, targets)
    assert expected
    for each, match in zip(found, expected, strict=True):
        assert_same(each, match)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_bend(run: Run, seed: int, count: int):
    handles, targets = drags(seed, count)
    targets[:, 1] = handles[:, 1] + (targets[:, 1] - handles[:, 1]) / 4
    targets[3:] = handles[3:]
    pulls = [{"handle": h, "target": t} for h, t in zip(handles.tolist(), targets.tolist(), strict=True)]
    found = run(LAY + imports("warp/flow", "bendByPoints") + "return [...bendByPoints(given, size)].map(laid)", pulls)
    placed = around_drags(place(read_drag({"version": 1, "drags": pulls}), Extent(*SIZE)))
    assert placed is not None
    expected = match_pulled(bend_by_points, placed.areas[0].numpy(), handles, targets)
    assert expected
    for each, match in zip(found, expected, strict=True):
        assert_same(each, match)


def test_points(run: Run):
    points, (handles, targets) = star(0, 20), drags(0, 6)
    script = "return given.points.map(([x, y]) => shifted(x, y, given.moves))"
    moves = np.concatenate([handles, targets - handles], axis=1)
    given = {"points": points.tolist(), "moves": moves.tolist()}
    found = run(imports("warp/points", "shifted") + script, given)
    settings = {"neighbours": len(handles), "eps": INPAINT4DRAG_EPS, "level": True}
    np.testing.assert_allclose(found, shifted(points, handles, targets - handles, **settings))
    script = "return spread(Array.from({ length: given }, (_, i) => i))"
    assert run(imports("warp/points", "spread") + script, 333) == spread(333).tolist()


INSTRUCTION = {
    "version": 1,
    "size": [64, 48],
    "drags": [{"handle": [8, 8], "target": [12, 10]}, {"handle": [40, 24], "target": [44, 28]}],
    "regions": [
        {"source": {"polygon": [[30, 14], [50, 14], [50, 34], [30, 34]]}, "affine": {}},
        {"source": {"polygon": [[52, 4], [60, 4], [60, 12]]}, "affine": {"move": [-20, 30], "rotate": 30}},
        {
            "source": {"brush": [{"radius": 4, "points": [[40, 42]]}]},
            "target": {"polygon": [[4, 30], [14, 30], [14, 40]]},
        },
    ],
    "mask": [
        {"polygon": [[2, 2], [16, 2], [16, 16], [2, 16]]},
        {"polygon": [[20, 10], [62, 10], [62, 46], [20, 46]]},
        {"polygon": [[6, 6], [9, 6], [9, 9], [6, 9]], "erase": True},
    ],
}


def test_regions_and_what_moves_beside_them(run: Run):
    """The drag in the first part of the mask moves it, the other one the region that its transform leaves in place."""
    spec, extent = read_drag(INSTRUCTION), Extent(*SIZE)
    read = imports("drag/read", "readDrag") + imports("drag/raster", "editableMask")
    script = "const drag = readDrag(given), mask = editableMask(drag, size);"
    found = run(
        LAY
        + read
        + imports("warp/regions", "matchSpec")
        + script
        + "return [...matchSpec(drag, size, mask)].map(laid)",
        INSTRUCTION,
    )
    placed = place(spec, extent)
    expected = list(matches(what_moves(placed).all, flow_by_points))
    apart, _ = beside(placed.mask, [Footprint(region, extent) for region in spec.regions], np.array(spec.drags))
    assert apart is not None
    assert [match.free for match in expected] == [True, False, False, False]
    for each, match in zip(found, expected, strict=True):
        assert_same(each, match)
    given = "return [...maskBesideRegions(mask, drag.regions, size)]"
    found = run(LAY + read + imports("drag/beside", "maskBesideRegions") + script + given, INSTRUCTION)
    assert np.array_equal(np.reshape(found, SHAPE).astype(bool), apart)
    assert 0 < np.sum(found) < editable_mask(spec, extent).numpy().sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_compatible(run: Run, seed: int):
    source, target = star(seed, 8), star(seed + 100, 8)
    found = run(
        imports("mesh/compatible", "compatiblePieces") + "return compatiblePieces(...given)",
        [source.tolist(), target.tolist()],
    )
    expected = compatible_pieces(source, target)
    for name in ("target", "source"):
        pieces = np.array([piece[name] for piece in found])
        order, theirs = (
            np.lexsort(part.reshape(len(part), 6).round(6).T) for part in (pieces, getattr(expected, name))
        )
        np.testing.assert_allclose(pieces[order], getattr(expected, name)[theirs], atol=1e-6)


def test_triangles(run: Run):
    triangles = [star(seed, 3) for seed in SEEDS]
    script = (
        "return given.map((triangle) => { const pixels = [];"
        "coveredPixels(triangle, 64, 48, (x, y) => pixels.push([x, y])); return pixels })"
    )
    found = run(imports("mesh/triangles", "coveredPixels") + script, [triangle.tolist() for triangle in triangles])
    for pixels, triangle in zip(found, triangles, strict=True):
        expected = [
            (x, y) for some in covered_pixels(triangle[None], SHAPE) for x, y in zip(some.x, some.y, strict=True)
        ]
        assert sorted(map(tuple, pixels)) == sorted(expected) and expected


def is_simple(corners: np.ndarray) -> bool:
    try:
        check_simple(corners, "")
    except ValueError:
        return False
    return True


def test_triangulation(run: Run):
    rng = np.random.default_rng(0)
    outlines = [star(seed, count) for seed in SEEDS for count in (3, 4, 9)]
    outlines += list(rng.uniform(0, 40, (20, 5, 2))) + [np.array([[0, 0], [9, 9], [4, 4]])]
    outlines += [np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]])]
    script = "return given.map((corners) => [isSimple(corners), isConvex(corners), simplified(corners, 6)])"
    found = run(
        imports("mesh/triangulation", "isSimple", "isConvex", "simplified") + script,
        [outline.tolist() for outline in outlines],
    )
    expected = [[is_simple(o), is_convex(o), simplified(o, 6).tolist()] for o in outlines]
    assert found == expected
    assert len({(simple, convex) for simple, convex, _ in expected}) > 2


def test_every_map_is_tested_here():
    text = Path(__file__).read_text(encoding="utf-8")
    modules = [f"{folder}/{file.stem}" for folder in ("warp", "mesh") for file in (JS / folder).glob("*.js")]
    assert not [
        module for module in modules if f'"{module}"' not in text and module != "warp/map"
    ]  # that is test_warp's
