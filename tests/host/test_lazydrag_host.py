"""Lazy Drag on a host: interrupts, other patches, a server, and what it refuses or says."""

import logging
from typing import Any

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tests.host.lazy import (
    DRAG,
    REGION,
    REST,
    SHAPE_OF_LATENT,
    inversion_of,
    lazy,
    mask,
    row_of,
    sampled,
)
from dragkit.tests.host.test_flow_models import network, picture, prompt
from dragkit.tools.graphs import inversion, node
from dragkit.tools.server import ComfyServer

pytestmark = pytest.mark.usefixtures("inference")


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
