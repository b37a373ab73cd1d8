"""The pixel warp against the original program and against cases for all programs."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.areas import Area
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec
from dragkit.core.redraw.pixels import Sampling, inpaint_area
from dragkit.tests.core.placing import pixels_of, warp
from dragkit.tests.core.regiondrag_golden import arrays, case_ids, compare_by_target
from dragkit.tests.core.warp_golden import case_names, from_runs, load_case

ORIGINAL = case_ids("regionpoints")


def original_spec(case: str) -> DragSpec:
    """The mask and the points of a case of the original program."""
    fields = arrays(case)
    ends = fields["points"].astype(float).reshape(-1, 2, 2).tolist()
    height, width = fields["mask"].shape
    drags = tuple(Drag(Point(*handle), Point(*target)) for handle, target in ends)
    return DragSpec(drags=drags, base=torch.from_numpy(fields["mask"]), size=Extent(width, height))


@pytest.mark.parametrize("case", ORIGINAL)
def test_the_map_is_the_originals(case):
    fields, spec = arrays(case), original_spec(case)
    pixels = pixels_of(spec, spec.size, Sampling.REFERENCE)
    source, target = np.floor(pixels.points(pixels.moved)).astype(int), Area.of(pixels.moved.numpy()).cells()
    distances, unshared = compare_by_target(source, target, fields["bw_src"].astype(int), fields["bw_trg"].astype(int))
    assert unshared <= 0.005 * len(fields["bw_trg"])
    assert (distances == 0).mean() >= (1 if "one_point" in case else 0.96)
    assert (distances <= 1).mean() >= 0.995


@pytest.mark.parametrize("case", ORIGINAL)
@pytest.mark.parametrize("mask_expand", [0, 5, 6, 13])
def test_the_inpaint_mask_is_the_originals(case, mask_expand):
    expected, spec = arrays(case)[f"bw_mask_k{mask_expand}"].astype(bool), original_spec(case)
    found = inpaint_area(pixels_of(spec, spec.size, Sampling.REFERENCE), mask_expand)
    assert (found ^ expected).sum() <= 0.01 * expected.sum() + 2


@pytest.mark.parametrize("case", ORIGINAL)
def test_the_copied_picture_is_the_originals(case):
    fields, spec = arrays(case), original_spec(case)
    picture = torch.rand(1, spec.size.height, spec.size.width, 3, generator=torch.Generator().manual_seed(0))
    expected = picture.clone()
    (from_x, from_y), (x, y) = (torch.from_numpy(fields[f"bw_{end}"].astype(np.int64)).T for end in ("src", "trg"))
    expected[:, y, x] = picture[:, from_y, from_x]
    found = warp(picture, spec, sampling=Sampling.REFERENCE).image
    assert (found == expected).all(-1).float().mean() >= 0.99


@pytest.mark.parametrize("name", case_names())
@pytest.mark.parametrize("sampling", Sampling)
def test_the_cases_for_all_programs(name, sampling):
    case = load_case(name)
    width, height = case["drag"]["size"]
    expected = case[sampling.name.lower()]
    pixels = pixels_of(read_drag(case["drag"]), Extent(width, height), sampling)
    assert np.array_equal(pixels.moved.numpy(), from_runs(expected["target"], width, height))
    assert np.array_equal(inpaint_area(pixels, case["mask_expand"]), from_runs(expected["inpaint"], width, height))
    np.testing.assert_allclose(pixels.points(pixels.moved), np.reshape(expected["points"], (-1, 2)), atol=0.006)
