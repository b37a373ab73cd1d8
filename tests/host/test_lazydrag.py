"""Lazy Drag in the host's own classes of transformers, built small with random weights."""

from typing import Any

import pytest
import torch
from dragkit.tests.host.lazy import (
    DRAG,
    REGION,
    REST,
    SHAPE_OF_LATENT,
    SIZE,
    edited,
    inversion_of,
    lazy,
    mask,
    row_of,
    sampled,
)
from dragkit.tests.host.test_flow_models import PICTURES, network, picture

LEARNED = ["sd3"]  # whose positions are learned: keys are not turned

pytestmark = pytest.mark.usefixtures("inference")


def spy_on(patched: Any) -> list[torch.Tensor]:
    """What the network makes of all rows, the source's too."""
    from comfy.patcher_extension import WrappersMP

    seen = []

    def spy(executor, model, conds, x, *args):
        found = executor(model, conds, x, *args)
        seen.append((x.clone(), found[0].clone()))
        return found

    patched.add_wrapper_with_key(WrappersMP.CALC_COND_BATCH, "spy", spy)
    return seen


@pytest.mark.parametrize("kind", PICTURES)
def test_the_source_row_is_a_plain_run(kind: str):
    """Row by row: what stands beside the edit is what the model makes of the source alone."""
    model = network(kind)
    inversion = inversion_of(model)
    patched, latent = lazy(model, inversion)
    both = spy_on(patched)
    sampled(patched, latent, inversion.descending_sigmas)
    plain = model.clone()
    alone = spy_on(plain)
    for (x, found), state, sigma in zip(both, reversed(inversion.path), inversion.descending_sigmas, strict=False):
        assert len(x) == 2
        torch.testing.assert_close(x[1].flatten(), state.flatten())
        ready = {"samples": left(model, state / (1 - sigma))}
        sampled(plain, ready, torch.stack([sigma, sigma * 0.9]))
        torch.testing.assert_close(found[1:], alone[-1][1], atol=2e-5, rtol=2e-5)


def left(model: Any, state: torch.Tensor) -> torch.Tensor:
    from dragkit.nodes.host.flows import framed, unframed

    return unframed(model.get_model_object("latent_format").process_out(framed(state, model)))


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize(("sampler", "cfg"), [("euler", 1.0), ("dpmpp_2m", 3.0)])
def test_without_a_drag_the_picture_comes_back_as_without_the_node(kind: str, sampler: str, cfg: float):
    """Nothing is kept, moved or lent: to rounding it is the plain model."""
    model = network(kind)
    inversion = inversion_of(model)
    far = torch.zeros(1, SIZE[1], SIZE[0])
    far[:, -16:, -16:] = 1
    patched, latent = lazy(model, inversion, REST, far, lock_background=False, end_percent=0.0)
    hooks_without_tokens(patched)
    plain = sampled(model, latent, inversion.descending_sigmas, sampler, cfg)
    found = sampled(patched, latent, inversion.descending_sigmas, sampler, cfg)
    torch.testing.assert_close(found, plain, atol=1e-4, rtol=1e-4)


def hooks_without_tokens(patched: Any) -> None:
    """Takes every token off the plan of a MODEL's hooks."""
    row = row_of(patched)
    row.tokens = row.tokens._replace(kept=torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("kind", PICTURES)
def test_what_is_not_moved_is_the_picture(kind: str):
    """The background is locked: outside of what changes it comes back exactly."""
    wanted = picture(1, SHAPE_OF_LATENT)["samples"]
    found = edited(kind).view_as(wanted)
    assert (found - wanted).abs()[..., 12:, 12:].max() < 1e-4
    assert (found - wanted).abs()[..., 4:8, 8:12].max() > 0.1


@pytest.mark.parametrize("kind", [kind for kind in PICTURES if kind not in LEARNED])
def test_a_move_turns_a_key_to_the_place_of_its_target(kind: str):
    """Where all tokens of a picture are alike, a turned key of one is that of the token it moves to."""
    from dragkit.core.attention.source_row import turned
    from dragkit.nodes.host.transformers import family_of

    model = network(kind)
    family, net = family_of(model, "Test"), model.model.diffusion_model
    keys, (height, width) = first_keys(model), family.grid(net, *SHAPE_OF_LATENT)
    first = family.first(net, keys.shape[2], height * width, {})
    grid = keys[:, :, first : first + height * width].unflatten(2, (height, width))
    moves = torch.tensor([[3.0, 2.0]])
    found = turned(grid[:, :, 1:2, 4], family.table(net, moves, (1.0, 1.0)))
    torch.testing.assert_close(found, grid[:, :, 4:5, 6], atol=1e-4, rtol=1e-4)
    assert (grid[:, :, 1:2, 4] - grid[:, :, 4:5, 6]).abs().max() > 0.1


def first_keys(model: Any) -> torch.Tensor:
    """The keys of the first layer whose tokens include the picture's, for a picture without a feature."""
    seen, plain = [], model.clone()

    def watch(function, q, k, v, heads, *args, **kwargs):
        seen.append(k)
        return function(q, k, v, heads, *args, **kwargs)

    plain.model_options["transformer_options"]["optimized_attention_override"] = watch
    flat = {"samples": torch.ones(1, 16, *SHAPE_OF_LATENT)}
    sampled(plain, flat, torch.tensor([0.5, 0.4]))
    return next(k for k in seen if k.ndim == 4 and k.shape[2] >= 96)


@pytest.mark.parametrize("kind", ["flux 16", "qwen"])
def test_prompts_in_one_call_and_in_two_are_the_same(kind: str):
    model = network(kind)
    inversion = inversion_of(model)
    patched, latent = lazy(model, inversion)
    calls = spy_on(patched)
    together = sampled(patched, latent, inversion.descending_sigmas, cfg=3.0)
    model.model.memory_required = lambda *args, **kwargs: 1e30
    apart = sampled(patched, latent, inversion.descending_sigmas, cfg=3.0)
    torch.testing.assert_close(apart, together, atol=1e-4, rtol=1e-4)
    assert calls


@pytest.mark.parametrize("kind", ["flux 16", "z-image"])
def test_every_latent_of_a_batch_is_edited_beside_its_own_source(kind: str):
    batch = edited(kind, batch=2)
    doubled = edited(kind, batch=2, copies=2)
    torch.testing.assert_close(doubled, batch.repeat(2, 1, 1, 1), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(batch[:1], edited(kind), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
@pytest.mark.parametrize("kind", PICTURES)
def test_in_half_precision(kind: str, dtype: str):
    found, whole = edited(kind, dtype), edited(kind)
    assert found.isfinite().all() and (found - whole).norm() < 0.2 * whole.norm()


@pytest.mark.parametrize(
    ("drag", "area"), [(DRAG, mask()), (REGION, torch.ones(1, SIZE[1], SIZE[0]))], ids=["points", "regions"]
)
def test_what_is_lent_and_blended_counts(drag: dict, area: torch.Tensor):
    model = network("flux 16")
    inversion = inversion_of(model)
    found = []
    for changes in ({}, {"refinement": 0.0}, {"end_percent": 0.0}):
        patched, latent = lazy(model, inversion, drag, area, **changes)
        found.append(sampled(patched, latent, inversion.descending_sigmas))
    assert not torch.equal(found[0], found[1]) and not torch.equal(found[1], found[2])


def test_a_thing_moves_as_a_whole():
    """Every cell of the mask by the same way, to a part of a token."""
    model = network("flux 16")
    whole = row_of(lazy(model, inversion_of(model), move="as a whole")[0]).tokens
    stretched = row_of(lazy(model, inversion_of(model))[0]).tokens
    assert torch.equal(whole.moves, torch.tensor([[1.0, 2.0]]).expand(len(whole.moves), 2)) and len(whole.moves) > 8
    assert stretched.moves.std(0).min() > 0.1


def test_the_start_is_the_moved_noise():
    model = network("flux 16")
    inversion = inversion_of(model)
    _, latent = lazy(model, inversion, REGION, torch.ones(1, SIZE[1], SIZE[0]))
    start = model.get_model_object("latent_format").process_in(latent["samples"]) * (1 - inversion.sigmas[-1])
    top = inversion.path[-1]
    torch.testing.assert_close(start[..., 10:14, 8:12], top[..., 4:8, 4:8], atol=1e-3, rtol=1e-3)
    hole = start[..., 4:8, 4:8]
    assert (hole - top[..., 4:8, 4:8]).abs().mean() > 0.3 and 0.8 < hole.std() < 1.2
    torch.testing.assert_close(start[..., 16:, :], top[..., 16:, :], atol=1e-3, rtol=1e-3)
