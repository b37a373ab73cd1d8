"""An instruction on a part of its picture, and written down with what was a raster."""

import json

import numpy as np
import pytest
import torch
from dragkit.core.grid.merge import without_raster
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.form import read_drag, write_drag
from dragkit.core.instruction.geometry import Bounds, Extent
from dragkit.core.instruction.part import in_crop, in_part

PICTURE = Extent(120, 80)
WHOLE = read_drag(
    {
        "version": 1,
        "size": list(PICTURE),
        "drags": [{"handle": [30, 20], "target": [60, 40]}],
        "regions": [
            {
                "source": {"outlines": [[[30, 20], [60, 20], [60, 50], [30, 50]], [[40, 30], [50, 30], [50, 40]]]},
                "affine": {"move": [10, 4], "rotate": 30},
            },
            {
                "source": {"brush": [{"radius": 6, "points": [[40, 40]]}]},
                "target": {"polygon": [[60, 20], [80, 20], [70, 50]]},
            },
        ],
        "mask": [{"polygon": [[25, 15], [90, 15], [90, 60], [25, 60]]}],
    }
)
BOX = Bounds(20, 10, 100, 70)


@pytest.mark.parametrize("grown", [1, 2, 3])
def test_every_shape_lies_on_the_same_things(grown: int):
    size = Extent(80 * grown, 60 * grown)
    part, large = in_part(WHOLE, BOX, size), WHOLE.scaled_to(Extent(PICTURE.width * grown, PICTURE.height * grown))
    window = slice(10 * grown, 70 * grown), slice(20 * grown, 100 * grown)
    for region, whole in zip(part.regions, large.regions, strict=True):
        for shape, other in ((region.source, whole.source), (region.target_shape(), whole.target_shape())):
            assert np.array_equal(rasterise(shape, size).numpy(), rasterise(other, large.size).numpy()[window])
    assert np.array_equal(editable_mask(part, size).numpy(), editable_mask(large, large.size).numpy()[window])
    assert np.allclose(part.drags[0], np.subtract(WHOLE.drags[0], (20, 10)) * grown)


def test_a_raster_is_cut_out_too_and_empty_beyond_the_picture():
    base = torch.rand(40, 60, generator=torch.Generator().manual_seed(0)) < 0.5  # half the size of the picture
    whole = read_drag({"version": 1, "size": list(PICTURE)})
    part = in_part(type(whole)(size=PICTURE, base=base), Bounds(-20, 60, 60, 100), Extent(40, 20))
    assert not part.base[:, :10].any() and not part.base[10:].any()
    assert torch.equal(part.base[:10, 10:], base[30:, :30])


def test_a_crop_beside_the_instruction_or_the_picture_is_refused():
    with pytest.raises(ValueError, match=r"the crop at \(0, 61\), 20 x 10 pixels, holds nothing of the instruction"):
        in_crop(WHOLE, Bounds(0, 61, 20, 71), Extent(20, 10))
    with pytest.raises(ValueError, match=r"the crop at \(120, 0\), 20 x 10 pixels, lies outside the 120x80 picture"):
        in_crop(WHOLE, Bounds(120, 0, 140, 10), Extent(20, 10))
    assert in_crop(WHOLE, BOX, Extent(80, 60)) == in_part(WHOLE, BOX, Extent(80, 60))


def test_a_raster_is_written_as_outlines():
    base = torch.zeros(40, 60, dtype=torch.bool)
    base[10:30, 5:25] = True
    written = write_drag(without_raster(type(WHOLE)(size=PICTURE, base=base)))
    area = editable_mask(read_drag(json.dumps(written)), PICTURE).numpy()
    assert area.sum() == 1600 and area[20:60, 10:50].all()
    assert without_raster(WHOLE) is WHOLE


def test_an_empty_raster_without_shapes_is_refused():
    nothing = torch.zeros(4, 4, dtype=torch.bool)
    assert without_raster(type(WHOLE)(size=PICTURE, base=nothing, mask=WHOLE.mask)).mask == WHOLE.mask
    with pytest.raises(ValueError, match="the mask is empty"):
        without_raster(type(WHOLE)(size=PICTURE, base=nothing))
