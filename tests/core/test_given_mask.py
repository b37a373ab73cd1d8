"""What of a MASK counts, and what is said of one that is probably not meant."""

import pytest
import torch
from dragkit.core.grid.given_mask import counts, fitted, read_mask, refuse_empty
from dragkit.core.instruction.spec import Extent

PICTURE = Extent(96, 64)


def test_a_mask_counts_from_a_half_up():
    values = torch.tensor([0.0, 4.6e-5, 1 / 255, 127 / 255, 0.5, 128 / 255, 1.0])
    assert counts(values).tolist() == [False, False, False, False, True, True, True]
    assert counts(values.half()).tolist() == counts(values).tolist()


def test_the_black_64x64_of_a_picture_without_transparency_is_no_mask():
    black = torch.zeros(3, 64, 64)
    assert read_mask(black, PICTURE) is None and read_mask(black, None) is None
    assert read_mask(black, Extent(64, 64)) is not None
    assert read_mask(torch.zeros(1, 64, 65), PICTURE) is not None
    assert read_mask(black + 0.001, PICTURE) is not None


@pytest.mark.parametrize(("value", "share", "said"), [(0.6, 1.0, True), (0.6, 0.4, False), (0.97, 1.0, False)])
def test_a_mask_that_is_grey_nearly_everywhere_deserves_a_sentence(value: float, share: float, said: bool):
    mask = torch.zeros(1, 10, 15)
    mask[..., : int(15 * share)] = value
    assert (read_mask(mask, PICTURE).notes != ()) == said


def test_an_empty_mask_is_refused_with_the_reason():
    nothing = torch.zeros(2, 8, 12, dtype=torch.bool)
    with pytest.raises(ValueError, match="the 12x8 mask is empty. Paint the area that may change"):
        refuse_empty(list(nothing), Extent(12, 8))
    with pytest.raises(ValueError, match=r"is empty: it is 0.004 at most, and counts from a half \(0.5\) up"):
        refuse_empty(list(nothing), Extent(12, 8), 0.004)
    nothing[1, 3, 3] = True
    refuse_empty(list(nothing), Extent(12, 8))


def test_a_speck_survives_a_smaller_picture():
    mask = torch.zeros(100, 100, dtype=torch.bool)
    mask[51, 51] = True
    assert fitted(mask, Extent(20, 10)).nonzero().tolist() == [[5, 10]]
    assert not fitted(torch.zeros(100, 100, dtype=torch.bool), Extent(20, 10)).any()
