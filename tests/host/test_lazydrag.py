"""Lazy Drag in the host's own classes of transformers, built small with random weights."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tests.host.test_flow_models import PICTURES, inverted, network, picture, prompt
from dragkit.tools.graphs import inversion, node
from dragkit.tools.in_process import use_host
from dragkit.tools.server import ComfyServer

SIZE = (128, 192)  # of the picture, w x h: 8 x 12 tokens
DRAG = {"version": 1, "size": list(SIZE), "drags": [{"handle": [40, 40], "target": [72, 56]}]}
REST = {"version": 1, "size": list(SIZE), "drags": [{"handle": [40, 40], "target": [40, 40]}]}
SHAPE = {"polygon": [[32, 32], [64, 32], [64, 64], [32, 64]]}
REGION = {"version": 1, "size": list(SIZE), "regions": [{"source": SHAPE, "affine": {"move": [32, 48]}}]}
SHAPE_OF_LATENT = (24, 16)


@pytest.fixture(autouse=True)
def inference(host: Path) -> Iterator[None]:
    use_host()
    with torch.inference_mode():
        yield


def mask() -> torch.Tensor:
    area = torch.zeros(1, SIZE[1], SIZE[0])
    area[:, 16:80, 16:64] = 1
    return area


def inversion_of(model: Any, batch: int = 1, **settings: Any) -> Any:
    chosen = {"steps": 4, "strength": 1.0, "capture": "none"} | settings
    return inverted(model, picture(batch, SHAPE_OF_LATENT), **chosen)[2]


def lazy(model: Any, inversion: Any, drag: dict = DRAG, area: torch.Tensor | None = None, **changes: Any) -> tuple:
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.lazydrag import LazyDrag

    settings = {"end_percent": 0.8, "refinement": 0.8, "lock_background": True, "seed": 42} | changes
    return LazyDrag.execute(model, inversion, read_drag(drag), mask=mask() if area is None else area, **settings).args


def sampled(
    model: Any, latent: dict, sigmas: torch.Tensor, sampler: str = "euler", cfg: float = 1.0, wanted: list | None = None
) -> torch.Tensor:
    import comfy.samplers
    from comfy_extras.nodes_custom_sampler import SamplerCustom

    chosen = comfy.samplers.sampler_object(sampler)
    negative = wanted or [[prompt()[0][0].flip(1), prompt()[0][1]]]
    return SamplerCustom.execute(model, False, 0, cfg, prompt(), negative, chosen, sigmas, latent).args[0]["samples"]


def edited(kind: str, dtype: str = "fp32", batch: int = 1, copies: int = 1, sampler="euler", cfg=1.0, **changes: Any):
    model = network(kind, dtype)
    inversion = inversion_of(model, batch)
    patched, latent = lazy(model, inversion, **changes)
    latent = latent | {"samples": latent["samples"].repeat(copies, 1, 1, 1)}
    return sampled(patched, latent, inversion.descending_sigmas, sampler, cfg)


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


@pytest.mark.parametrize("kind", PICTURES)
def test_a_move_turns_a_key_to_the_place_of_its_target(kind: str):
    """Where all tokens of a picture are alike, a turned key of one is that of the token it moves to."""
    from dragkit.core.attention.source_row import turned
    from dragkit.nodes.host.transformers import family_of

    model = network(kind)
    family, net = family_of(model, "Test"), model.model.diffusion_model
    if family.embedder is None:
        pytest.skip("positions are learned and keys are not turned")
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


def row_of(patched: Any) -> Any:
    return patched.model_options["transformer_options"]["optimized_attention_override"].func.__self__


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


def test_nothing_is_left_after_an_interrupt():
    import comfy.model_management
    import comfy.samplers
    from comfy_extras.nodes_custom_sampler import SamplerCustom

    model = network("flux 16")
    inversion = inversion_of(model)
    plain = sampled(model, picture(1, SHAPE_OF_LATENT), inversion.descending_sigmas)
    patched, latent = lazy(model, inversion)
    row = row_of(patched)

    def stop(model, x, sigmas, extra_args=None, **kwargs):
        model(x, sigmas[:1].expand(len(x)), **extra_args)
        raise comfy.model_management.InterruptProcessingException

    with pytest.raises(comfy.model_management.InterruptProcessingException):
        SamplerCustom.execute(
            patched,
            False,
            0,
            1.0,
            prompt(),
            prompt(),
            comfy.samplers.KSAMPLER(stop),
            inversion.descending_sigmas,
            latent,
        )
    assert not (row.paths or row.placed or row.outsides)
    assert torch.equal(sampled(model, picture(1, SHAPE_OF_LATENT), inversion.descending_sigmas), plain)


def test_another_override_of_attention_still_counts():
    model, seen = network("flux 16"), []

    def watch(function, *args, **kwargs):
        seen.append(args[0].shape)
        return function(*args, **kwargs)

    inversion = inversion_of(model)
    model.model_options["transformer_options"]["optimized_attention_override"] = watch
    patched, latent = lazy(model, inversion)
    before = len(seen)
    sampled(patched, latent, inversion.descending_sigmas)
    assert len(seen) > before


def test_an_override_that_comes_later_is_refused():
    model = network("flux 16")
    inversion = inversion_of(model)
    patched, latent = lazy(model, inversion)
    later = patched.clone()
    later.model_options["transformer_options"]["optimized_attention_override"] = lambda f, *a, **k: f(*a, **k)
    with pytest.raises(ValueError, match="another patch replaces it. Take that patch off"):
        sampled(later, latent, inversion.descending_sigmas)


def test_on_a_server(server: ComfyServer):
    """The whole way by nodes of the host: the rest of the picture is locked, and the thing has moved."""
    found = server.prompt(edit_graph()).outputs["compare"]["report"][0]
    still = server.prompt(edit_graph(REST)).outputs["compare"]["report"][0]
    assert found["finite"] and found["shape"] == [2, 16, 24, 16] and found["relative"] > 0.05
    assert still["relative"] < found["relative"]


def edit_graph(drag: dict = DRAG) -> dict:
    settings = {"end_percent": 0.8, "refinement": 0.8, "lock_background": True, "seed": 42}
    links = {"model": ["model", 0], "inversion": ["invert", 2], "drag": ["drag", 0]}
    area = {"mask": [{"polygon": [[16, 16], [64, 16], [64, 80], [16, 80]]}]}
    graph = graphs.source("flux 16", batch=2, width=16, height=24) | {
        "invert": inversion(steps=6, strength=1.0, capture="none"),
        "drag": node("DragFromJSON", json=drag | area),
        "lazy": node("LazyDrag", **links, **settings),
        **graphs.sample("lazy", "lazy", cfg=2.0),
        **graphs.compare(),
    }
    graph["encode"]["inputs"]["channels"] = 16
    graph["sample"]["inputs"]["latent_image"] = ["lazy", 1]
    return graph


def unet() -> Any:
    from dragkit.tests.host.test_models import model

    return model()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (unet, "none of the transformers.*FLUX.1, Qwen-Image.*Latent Warpage"),
        (lambda: network("wan"), "none of the transformers"),
    ],
    ids=["unet", "video"],
)
def test_other_models_are_refused(model: Any, message: str):
    inversion = inversion_of(network("flux 16"))
    with pytest.raises(ValueError, match=f"LazyDrag: this MODEL .*{message}"):
        lazy(model(), inversion)


def test_what_is_missing_is_refused():
    from dragkit.tests.host.testpack.models import build

    model = network("flux 16")
    inversion = inversion_of(model)
    with pytest.raises(ValueError, match="LazyDrag: the drag has no handle and no region"):
        lazy(model, inversion, DRAG | {"drags": []})
    with pytest.raises(ValueError, match="LazyDrag: the inversion was made with another MODEL"):
        lazy(build("flux 16", "fp32", 3), inversion)
    with pytest.raises(ValueError, match="LazyDrag: there are 2 masks for 2 latents"):
        two = torch.cat([mask(), mask().flip(1)])
        lazy(model, inversion_of(model, 2), area=two)
    with pytest.raises(ValueError, match="LazyDrag: the inversion is that of a picture being generated"):
        lazy(model, inversion._replace(path=inversion.path[-1:]))


def test_what_moves_nothing_is_told(caplog: pytest.LogCaptureFixture):
    model = network("flux 16")
    lazy(model, inversion_of(model), REGION)
    assert "LazyDrag: " in caplog.text and "mask" in caplog.text
    caplog.clear()
    lazy(model, inversion_of(model), REST)
    assert "LazyDrag: nothing moves" in caplog.text


def test_what_the_sampler_is_given_wrongly_is_refused_or_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING, "dragkit")
    model = network("flux 16")
    inversion = inversion_of(model)
    patched, latent = lazy(model, inversion)
    down = inversion.descending_sigmas
    with pytest.raises(ValueError, match="LazyDrag: the sampler goes from noise level .*Connect the sigmas"):
        sampled(patched, latent, down[1:])
    with pytest.raises(ValueError, match="LazyDrag: the inversion is of 1 latent.* the sampler got 1 of 8x12"):
        sampled(patched, picture(), down)
    with pytest.raises(ValueError, match="LazyDrag: the latent has a noise mask"):
        sampled(patched, latent | {"noise_mask": torch.ones(1, 24, 16)}, down)
    caplog.clear()
    sampled(patched, latent, down)
    assert not caplog.text
    sampled(patched, picture(1, SHAPE_OF_LATENT), down, "euler_ancestral", 4.0)
    for part in ("another latent than this node's", "adds fresh noise at every step", "cfg is 4"):
        assert part in caplog.text
