"""An edit recomposed with the warped picture, on models whose steps can be worked out by hand."""

import pytest
import torch
from dragkit.core.redraw.evidence import NoisedWarp, SecondRun, edit_share, sample_with_evidence, share_of_cells

SIGMAS = torch.linspace(1, 0, 5)
NOISE = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))
WARPED, EDIT = torch.full((1, 2, 4, 4), 2.0), torch.full((1, 2, 4, 4), -1.0)
SHARE = torch.tensor([[0.0, 0.5, 1.0, 1.0]]).expand(4, 4)


def noised(picture: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    return sigma * NOISE + (1 - sigma) * picture


def always(picture: torch.Tensor):
    """A model that sees one picture in everything."""
    return lambda state, sigma: picture


def sampled(along, steps: int = 4, **options) -> torch.Tensor:
    start = noised(EDIT, SIGMAS[0]), noised(WARPED, SIGMAS[0])
    return sample_with_evidence(always(EDIT), *start, SIGMAS, SHARE, steps, along, **options)


WAYS = [NoisedWarp(lambda sigma: noised(WARPED, sigma)), SecondRun(always(WARPED))]


@pytest.mark.parametrize("along", WAYS, ids=["noised", "second run"])
def test_what_is_kept_is_kept_and_what_is_left_is_the_edits(along):
    made = sampled(along)[0, 0, 0]
    assert made.tolist() == pytest.approx([2.0, 0.5, -1.0, -1.0], abs=1e-5)


def test_a_model_that_keeps_the_warped_picture_goes_as_its_noised_latent_does():
    """The exact form and the cheap one are the same where the second run returns its picture."""
    assert torch.allclose(*(sampled(along, steps=3) for along in WAYS), atol=1e-5)


def test_after_the_last_recomposition_the_model_goes_on_alone():
    assert torch.allclose(sampled(WAYS[0], steps=0), EDIT)
    one, all_but_one = (sampled(WAYS[0], steps=steps)[0, 0, 0, 0].item() for steps in (1, 3))
    assert one == pytest.approx(-1.0, abs=1e-5) and all_but_one == pytest.approx(-1.0, abs=1e-5)


def test_it_reports_every_step():
    seen = []
    sampled(WAYS[0], callback=seen.append)
    assert [step["i"] for step in seen] == [0, 1, 2, 3] and all(torch.equal(s["denoised"], EDIT) for s in seen)


def test_the_three_parts_of_a_picture():
    """What was left counts wholly, moved content and a band around it half, wherever the two meet."""
    target, left = torch.zeros(2, 20, 20, dtype=torch.bool)
    target[5:10, 10:15], left[5:10, 2:12] = True, True
    share = edit_share(left, target, band=3)
    assert (share[5:10, 2:9] == 1).all() and (share[4:11, 9:16] == 0.5).all()
    assert not share[:4].any() and not share[:, :2].any() and not share[:, 16:].any()


def test_a_cell_takes_the_most_of_its_pixels():
    share = torch.zeros(16, 16)
    share[7, 7], share[8:, 8:] = 1, 0.5
    assert share_of_cells(share, 2, 2).tolist() == [[1, 0], [0, 0.5]]
